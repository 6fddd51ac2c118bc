# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:46c6b8ad99dfd0ccd807bc99a9dc948c64329238a66d1d0a1a4d651004c9ccba

resource "humanitec_resource_definition" "acme_111122223333_eu_central_1_legacy" {
  id             = "acme-111122223333-eu-central-1-legacy"
  name           = "legacy in 111122223333, eu-central-1"
  type           = "k8s-cluster"
  driver_type    = "humanitec/k8s-cluster-eks"
  driver_account = humanitec_resource_account.acme_111122223333.id
  driver_inputs = {
    values_string = jsonencode({
      name   = "legacy"
      region = "eu-central-1"
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
