# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:4980f98f529152751fc7557fe68f92727f39b5ab78ea06f0d14d2df5ff551b78

resource "kubernetes_role_v1" "eu_central_1_legacy_shop_humanitec" {
  provider = kubernetes.eu_central_1_legacy

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

resource "kubernetes_role_binding_v1" "eu_central_1_legacy_shop_humanitec" {
  provider = kubernetes.eu_central_1_legacy

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

resource "kubernetes_role_v1" "eu_central_1_prod_shop_humanitec" {
  provider = kubernetes.eu_central_1_prod

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

resource "kubernetes_role_binding_v1" "eu_central_1_prod_shop_humanitec" {
  provider = kubernetes.eu_central_1_prod

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

resource "aws_eks_access_entry" "eu_central_1_prod_user_humanitec" {
  cluster_name      = "prod"
  principal_arn     = aws_iam_user.humanitec.arn
  type              = "STANDARD"
  user_name         = "humanitec"
  kubernetes_groups = ["humanitec"]
  tags = merge(local.tags, {
    "leastway:principal-id" = aws_iam_user.humanitec.unique_id
  })
}

resource "aws_eks_access_policy_association" "eu_central_1_prod_user_humanitec_amazonekseditpolicy" {
  cluster_name  = "prod"
  principal_arn = aws_eks_access_entry.eu_central_1_prod_user_humanitec.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"

  access_scope {
    type       = "namespace"
    namespaces = ["shop"]
  }
}
