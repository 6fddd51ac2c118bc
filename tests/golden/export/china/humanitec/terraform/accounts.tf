# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:bde2778382189ac99463c3ba4dfa05e9bf591916659fde2b7704a544ffaf15dc

resource "humanitec_resource_account" "acme_111122223333" {
  id   = "acme-111122223333"
  name = "acme: the user humanitec in 111122223333"
  type = "aws"
  credentials = jsonencode({
    aws_access_key_id     = var.acme_111122223333_key_id
    aws_secret_access_key = var.acme_111122223333_key_secret
  })
}
