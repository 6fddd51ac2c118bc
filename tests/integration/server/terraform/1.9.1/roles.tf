# A service user with a token, a group, roles on an application and an environment type, and a public key.

locals {
  is_second = var.revision == "refs/tags/v2"
}

resource "humanitec_user" "ci" {
  name = "CI"
  role = local.is_second ? "member" : "manager"
  type = "service"
}

resource "humanitec_service_user_token" "ci" {
  id          = "ci-token"
  user_id     = humanitec_user.ci.id
  description = "For CI"
}

resource "humanitec_user_group" "team" {
  group_id = "Platform team"
  idp_id   = "corporate"
  role     = local.is_second ? "member" : "manager"
}

resource "humanitec_application_user" "ci" {
  app_id  = humanitec_application.shop.id
  user_id = humanitec_user.ci.id
  role    = local.is_second ? "owner" : "developer"
}

resource "humanitec_environment_type_user" "team" {
  env_type_id = humanitec_environment_type.staging.id
  user_id     = humanitec_user_group.team.id
  role        = "deployer"
}

resource "humanitec_key" "operator" {
  key = local.third
}
