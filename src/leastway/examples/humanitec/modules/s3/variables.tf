variable "region" {
  description = "The bucket's region."
  type        = string
}

variable "bucket" {
  description = "The bucket's name, which must be unique in all of AWS."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens: shorten the names that it consists of."
  }
}
