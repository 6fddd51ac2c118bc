# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:90df72465b35f75efa8961c2a12fd6e4e3828bc3f9d7f5c256c407eaa5991221

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

data "aws_eks_cluster" "eu_central_1_legacy" {
  name = "legacy"
}

provider "kubernetes" {
  alias                  = "eu_central_1_legacy"
  host                   = data.aws_eks_cluster.eu_central_1_legacy.endpoint
  cluster_ca_certificate = base64decode(data.aws_eks_cluster.eu_central_1_legacy.certificate_authority[0].data)

  exec {
    api_version = "client.authentication.k8s.io/v1beta1"
    command     = "aws"
    args = [
      "eks",
      "get-token",
      "--region",
      "eu-central-1",
      "--cluster-name",
      "legacy",
    ]
  }
}
