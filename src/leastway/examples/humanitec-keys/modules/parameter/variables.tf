variable "region" {
  description = "The parameter's region."
  type        = string
}

variable "name" {
  description = "The parameter's name."
  type        = string
}

variable "value" {
  description = "The parameter's value."
  type        = string
  default     = "unset"
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

variable "terraform_assume_role_arn" {
  description = "The role to assume."
  type        = string
}

variable "terraform_external_id" {
  description = "The external id that the role requires."
  type        = string
}
