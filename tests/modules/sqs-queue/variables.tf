variable "region" { type = string }
variable "assume_role_arn" { type = string }
variable "assume_role_session_name" { type = string }
variable "assume_role_external_id" {
  type      = string
  sensitive = true
}
