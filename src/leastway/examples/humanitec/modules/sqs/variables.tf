variable "region" {
  description = "The queue's region."
  type        = string
}

variable "name" {
  description = "The queue's name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.name))
    error_message = "A queue name has up to 80 letters, digits, hyphens and underscores: shorten the names that it consists of."
  }
}

variable "tags" {
  description = "The queue's tags."
  type        = map(string)
  default     = {}
}
