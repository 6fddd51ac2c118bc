# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: terraform
# grant: acme
# profile: humanitec test
# digest: sha256:90df72465b35f75efa8961c2a12fd6e4e3828bc3f9d7f5c256c407eaa5991221

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
