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

variable "access_key" {
  description = "The id of the user's access key."
  type        = string
  sensitive   = true
}

variable "secret_key" {
  description = "The secret of the access key."
  type        = string
  sensitive   = true
}

variable "assume_role_arn" {
  description = "The role to assume."
  type        = string
}

variable "assume_role_session_name" {
  description = "The session's name, which CloudTrail shows."
  type        = string
}

variable "assume_role_external_id" {
  description = "The external id that the role requires."
  type        = string
}
