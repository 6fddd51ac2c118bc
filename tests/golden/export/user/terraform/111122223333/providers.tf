# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:4980f98f529152751fc7557fe68f92727f39b5ab78ea06f0d14d2df5ff551b78

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

data "aws_eks_cluster" "eu_central_1_prod" {
  name = "prod"
}

provider "kubernetes" {
  alias                  = "eu_central_1_prod"
  host                   = data.aws_eks_cluster.eu_central_1_prod.endpoint
  cluster_ca_certificate = base64decode(data.aws_eks_cluster.eu_central_1_prod.certificate_authority[0].data)

  exec {
    api_version = "client.authentication.k8s.io/v1beta1"
    command     = "aws"
    args = [
      "eks",
      "get-token",
      "--region",
      "eu-central-1",
      "--cluster-name",
      "prod",
    ]
  }
}
