# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:4131d7dacf5c49bbac3b0c3dc5b81f2eb1f88644b9fcdd1887576c8b9fceaf0f

provider "aws" {
  region              = "us-gov-west-1"
  allowed_account_ids = ["111122223333"]
}

data "aws_eks_cluster" "us_gov_west_1_legacy" {
  name = "legacy"
}

provider "kubernetes" {
  alias                  = "us_gov_west_1_legacy"
  host                   = data.aws_eks_cluster.us_gov_west_1_legacy.endpoint
  cluster_ca_certificate = base64decode(data.aws_eks_cluster.us_gov_west_1_legacy.certificate_authority[0].data)

  exec {
    api_version = "client.authentication.k8s.io/v1beta1"
    command     = "aws"
    args = [
      "eks",
      "get-token",
      "--region",
      "us-gov-west-1",
      "--cluster-name",
      "legacy",
    ]
  }
}
