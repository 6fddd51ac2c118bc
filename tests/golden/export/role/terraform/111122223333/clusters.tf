# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:06c0c4d2820bab0d085dcb0cf9dd0c821d3099e4730808c14d1afeb4f9491f66

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

resource "kubernetes_role_binding_v1" "eu_central_1_legacy_shop_humanitec_edit" {
  provider = kubernetes.eu_central_1_legacy

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
