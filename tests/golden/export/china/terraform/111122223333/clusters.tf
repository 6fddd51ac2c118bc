# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:0e7d53094cc0b005a30e6b74fa88cc6424db2558e11307ffd0cb4f6e36967d22

resource "kubernetes_role_v1" "cn_north_1_prod_shop_humanitec" {
  provider = kubernetes.cn_north_1_prod

  metadata {
    name = "humanitec"
    labels = {
      "leastway.dev/grant"           = "acme"
      "app.kubernetes.io/managed-by" = "leastway"
    }
    namespace = "shop"
  }

  rule {
    api_groups = ["apps"]
    resources  = ["deployments"]
    verbs = [
      "get",
      "list",
      "patch",
    ]
  }
}

resource "kubernetes_role_binding_v1" "cn_north_1_prod_shop_humanitec" {
  provider = kubernetes.cn_north_1_prod

  metadata {
    name = "humanitec"
    labels = {
      "leastway.dev/grant"           = "acme"
      "app.kubernetes.io/managed-by" = "leastway"
    }
    namespace = "shop"
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = "humanitec"
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = "humanitec"
  }
}

resource "aws_eks_access_entry" "cn_north_1_prod_user_humanitec" {
  cluster_name      = "prod"
  principal_arn     = aws_iam_user.humanitec.arn
  type              = "STANDARD"
  user_name         = "humanitec"
  kubernetes_groups = ["humanitec"]
  tags = merge(local.tags, {
    "leastway:principal-id" = aws_iam_user.humanitec.unique_id
  })
}

resource "aws_eks_access_policy_association" "cn_north_1_prod_user_humanitec_amazonekseditpolicy" {
  cluster_name  = "prod"
  principal_arn = aws_eks_access_entry.cn_north_1_prod_user_humanitec.principal_arn
  policy_arn    = "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"

  access_scope {
    type       = "namespace"
    namespaces = ["shop"]
  }
}
