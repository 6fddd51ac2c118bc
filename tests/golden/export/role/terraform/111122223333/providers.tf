# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:06c0c4d2820bab0d085dcb0cf9dd0c821d3099e4730808c14d1afeb4f9491f66

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
