# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:93632a181d8a7d8eb90a5110d380fc74308be352fdfb9ed845cb10ffd0419977

resource "kubernetes_role_v1" "us_gov_west_1_legacy_shop_humanitec" {
  provider = kubernetes.us_gov_west_1_legacy

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

resource "kubernetes_role_binding_v1" "us_gov_west_1_legacy_shop_humanitec" {
  provider = kubernetes.us_gov_west_1_legacy

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

resource "kubernetes_role_binding_v1" "us_gov_west_1_legacy_shop_humanitec_edit" {
  provider = kubernetes.us_gov_west_1_legacy

  metadata {
    name = "humanitec-edit"
    labels = {
      "leastway.dev/grant"           = "acme"
      "app.kubernetes.io/managed-by" = "leastway"
    }
    namespace = "shop"
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "edit"
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = "humanitec-edit"
  }
}

resource "aws_eks_access_entry" "us_gov_west_1_prod_role_humanitec_eks_access_111122223333" {
  cluster_name  = "prod"
  principal_arn = aws_iam_role.humanitec_eks_access_111122223333.arn
  type          = "STANDARD"
  tags = merge(local.tags, {
    "leastway:principal-id" = aws_iam_role.humanitec_eks_access_111122223333.unique_id
  })
}

resource "aws_eks_access_policy_association" "us_gov_west_1_prod_role_humanitec_eks_access_111122223333_amazonekseditpolicy" {
  cluster_name  = "prod"
  principal_arn = aws_eks_access_entry.us_gov_west_1_prod_role_humanitec_eks_access_111122223333.principal_arn
  policy_arn    = "arn:aws-us-gov:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"

  access_scope {
    type       = "namespace"
    namespaces = ["shop"]
  }
}
