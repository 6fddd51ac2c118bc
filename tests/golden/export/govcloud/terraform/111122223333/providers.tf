# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:93632a181d8a7d8eb90a5110d380fc74308be352fdfb9ed845cb10ffd0419977

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
