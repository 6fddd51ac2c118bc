# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:0e7d53094cc0b005a30e6b74fa88cc6424db2558e11307ffd0cb4f6e36967d22

provider "aws" {
  region              = "cn-north-1"
  allowed_account_ids = ["111122223333"]
}

data "aws_eks_cluster" "cn_north_1_prod" {
  name = "prod"
}

provider "kubernetes" {
  alias                  = "cn_north_1_prod"
  host                   = data.aws_eks_cluster.cn_north_1_prod.endpoint
  cluster_ca_certificate = base64decode(data.aws_eks_cluster.cn_north_1_prod.certificate_authority[0].data)

  exec {
    api_version = "client.authentication.k8s.io/v1beta1"
    command     = "aws"
    args = [
      "eks",
      "get-token",
      "--region",
      "cn-north-1",
      "--cluster-name",
      "prod",
    ]
  }
}
