# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:98e07fefddf9a9514d2768d3d23f84b32e8bca9580074ef07c724fe58c5d975d

resource "humanitec_resource_definition" "acme_111122223333_us_gov_west_1_prod" {
  id             = "acme-111122223333-us-gov-west-1-prod"
  name           = "prod in 111122223333, us-gov-west-1"
  type           = "k8s-cluster"
  driver_type    = "humanitec/k8s-cluster-eks"
  driver_account = humanitec_resource_account.acme_111122223333.id
  driver_inputs = {
    values_string = jsonencode({
      name   = "prod"
      region = "us-gov-west-1"
    })
  }
}

resource "humanitec_resource_definition" "acme_111122223333_us_gov_west_1_legacy" {
  id             = "acme-111122223333-us-gov-west-1-legacy"
  name           = "legacy in 111122223333, us-gov-west-1"
  type           = "k8s-cluster"
  driver_type    = "humanitec/k8s-cluster-eks"
  driver_account = humanitec_resource_account.acme_111122223333.id
  driver_inputs = {
    values_string = jsonencode({
      name   = "legacy"
      region = "us-gov-west-1"
    })
  }
}

resource "humanitec_resource_definition" "aws_terraform_s3" {
  id             = "aws-terraform-s3"
  name           = "a bucket"
  type           = "s3"
  driver_type    = "humanitec/terraform"
  driver_account = humanitec_resource_account.acme_111122223333_humanitec_s3.id
  driver_inputs = {
    values_string = jsonencode({
      source = {
        url  = "https://git.example.com/modules.git"
        path = "s3"
        rev  = "refs/heads/main"
      }
      credentials_config = {
        environment = {
          AWS_ACCESS_KEY_ID     = "AccessKeyId"
          AWS_SECRET_ACCESS_KEY = "SecretAccessKey"
          AWS_SESSION_TOKEN     = "SessionToken"
        }
      }
      variables = {
        region = "eu-central-1"
        bucket = "my-company-my-app-$${context.app.id}-$${context.env.id}"
      }
    })
  }
}

resource "humanitec_resource_definition_criteria" "aws_terraform_s3_1" {
  resource_definition_id = humanitec_resource_definition.aws_terraform_s3.id
  env_type               = "development"
}

resource "humanitec_resource_definition_criteria" "aws_terraform_s3_2" {
  resource_definition_id = humanitec_resource_definition.aws_terraform_s3.id
  app_id                 = "shop"
  class                  = "fast"
}
