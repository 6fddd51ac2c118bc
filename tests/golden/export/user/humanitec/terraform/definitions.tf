# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:3b6e8d74984ce8ede4b64710bdb703339eefbd88d04c51370d4c6d699d5ab136

resource "humanitec_resource_definition" "acme_111122223333_eu_central_1_prod" {
  id             = "acme-111122223333-eu-central-1-prod"
  name           = "prod in 111122223333, eu-central-1"
  type           = "k8s-cluster"
  driver_type    = "humanitec/k8s-cluster-eks"
  driver_account = humanitec_resource_account.acme_111122223333.id
  driver_inputs = {
    values_string = jsonencode({
      name   = "prod"
      region = "eu-central-1"
    })
  }
}

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
