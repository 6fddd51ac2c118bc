# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:bde2778382189ac99463c3ba4dfa05e9bf591916659fde2b7704a544ffaf15dc

resource "humanitec_resource_definition" "acme_111122223333_cn_north_1_prod" {
  id             = "acme-111122223333-cn-north-1-prod"
  name           = "prod in 111122223333, cn-north-1"
  type           = "k8s-cluster"
  driver_type    = "humanitec/k8s-cluster-eks"
  driver_account = humanitec_resource_account.acme_111122223333.id
  driver_inputs = {
    values_string = jsonencode({
      name   = "prod"
      region = "cn-north-1"
    })
  }
}
