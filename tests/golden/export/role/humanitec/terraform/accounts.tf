# Exported by leastway: registrations for the platform's Terraform provider.
# format: humanitec
# grant: acme
# profile: humanitec test
# digest: sha256:46c6b8ad99dfd0ccd807bc99a9dc948c64329238a66d1d0a1a4d651004c9ccba

resource "humanitec_resource_account" "acme_111122223333" {
  id   = "acme-111122223333"
  name = "acme: the clusters of 111122223333"
  type = "aws-role"
  credentials = jsonencode({
    aws_role    = "arn:aws:iam::111122223333:role/humanitec-eks-access-111122223333"
    external_id = "an-external-id-of-enough-length"
  })
}

resource "humanitec_resource_account" "acme_111122223333_humanitec_s3" {
  id   = "acme-111122223333-humanitec-s3"
  name = "acme: humanitec-s3 in 111122223333"
  type = "aws-role"
  credentials = jsonencode({
    aws_role    = "arn:aws:iam::111122223333:role/humanitec-s3"
    external_id = "an-external-id-of-enough-length"
  })
}
