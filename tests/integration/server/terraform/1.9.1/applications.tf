# An application, an environment, an environment type, and an agent with two keys, one of which is replaced by a change.

locals {
  first  = <<-EOT
    -----BEGIN PUBLIC KEY-----
    MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAuk29BVBLZwcKA44OAoIC
    GdeVM7/y1TKi68epSdmpwAkUPGeVlbtcDPOhsZ22XSzv0TSDudzijfDCkM039PoT
    T/0cKwE/vaKZmo5ToR95s23bmU4N6pz7gqrupnpT51l7DpgoQmzrFNzJKI1buTKa
    UeJVLRpzPqqLWBaoHh/8pL2zL8LsOT5+IkaJO5uDeGq2AoRBu6aw/RgPsqrMJyAK
    HgMhP9AAb7Kd9k2QoRPxURvWUVh5X3WK4G69VpbN4NV8y3QDM+vLtJzxNCPG1NAc
    scbxgAkTHXiFYpxRvqy0xHQkkBW4YlDXBD/GXBOcZjrZrasFdUSQj/1qsY1ttiP+
    7EoLzPzZy0vl5XddcP3tBJuhS+Hls0qKkvrN6SX8qISJ3yXtoHfJNX/Xl4jtGs89
    XtDWyrEocOlK7d+NHZdUTK3TmBwbuu5u6XKSR1Q/BPitHbfy2C1wAML0mPxHpHxk
    GOC093FPhQTHl7ztvJeo9n48eIyJe0z0L7qwN5zmQZvLJ9CycTwhRJlc/VViRamm
    IathGg3VlPFN8/ILQblRwXDhzB2Ls+NwYfQsxYM1xH/++NkPnS3FiPeL0J9OVnNR
    u0/LS5Hoaf56jhzDNKEHyOYXGoqNyOqWj+dABUJhxPyzPZf/3GkUCV53ssR0hKuI
    9zOrICcziPYhtpUwI5iQNi0CAwEAAQ==
    -----END PUBLIC KEY-----
  EOT
  second = <<-EOT
    -----BEGIN PUBLIC KEY-----
    MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAn+4hJKVWFJTpuEq7RYQy
    B5lGqNHUQi7vh/Dbu7r4cr4vvmpYQONJsmAU3r9YWKd2i+B8CV+lDEahFdoCQCSU
    NPlYxu/wBFWZnQhMyW04iCH+/2+D7lJ/uMXpuggJb+WatKrfeiKooilCzQnPIavE
    lB46tKY8OjjVhyVejWsSSXgn5ojrctkvMJdo5oWcymgAUg239/2NYiVaX+ipXLqA
    tkYVUnyFcyMoweS6ttH97bSegXK5kzx9czQJuDk3FukdSzNt3GkUUCwrUKiFQZyG
    P8SYtliEzYt/aidEiaUsaIabJDrQER6q0l9VijRvZ1AqoyZ764tB/uxz/3sLExw7
    eYfMTYKdzQOIVW7Evnev+BpR3/z+7A+0jo8AP3Ur28qs1OLU7Qa1jEvpgKKdCaSj
    8L8OLQxpGSOZrunAy6ucP+cZa3cJBEXvPNtNi69Gp4R48447DIRIABMf19eNViIH
    4JQJLRPq6VcfZ8kl+xjZBGG829oiPUJsuotSUTxL4ZnuFhCgs592BF9nrVXXqW7c
    RpM1qtpQHt6v0A8GqCBKvEVgE50dGxrwwMn8jOOC5XK38Gfr4iq4eEnhz58Vp/Ta
    10rcvYAdIH2nDtZHd9xO1gZVgBCMMTzWAEIgUnjW/fi2XGg/lOPyk3VLGmbdhLXv
    jFFi3MREt2zVZpXq9h+J4KMCAwEAAQ==
    -----END PUBLIC KEY-----
  EOT
  third  = <<-EOT
    -----BEGIN PUBLIC KEY-----
    MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAuf29ysEFbIT41vo7ZwrZ
    qJqJhZfQf6nc9IvC2ePFEOFlOpzUkDCSM3yiA2CmK2F+35+d+G8LRJ/IAT4nQlmu
    unliZ1g1lpp4aGT19mlh+/Ol7c20U85RcLkLL5rzM8E6olBgTSZ+k+wHmt7ivmC7
    IxWj3LfpCI2jq+qqmt9btedfIMNhaOFM22Wwv5CW+WuGhPXlfQGkNNhRXRsK//5s
    XVjuYdBdO6SITjJxvWwLrwhA5SqW+MyR0HcGAaCKA6esKi8rt+tJI2r8HoTUaP6P
    XAlP7+cjsfC7VD6gjQBn/pSti+jaSobdYgEuup5/kKOlXEwUG3uF2EkWX5qeM3z2
    KyKg9dk6rIOvuy4PCcB8Wib1hSioVh/zBBTMBxLmECewPSX98M2A6aAnCGn+fbo4
    YQOwtxGvyf8pezE9vfEdKzRQ0I5iMPqDL+g5pPxhsrfLKtkawE5+2MqvNXhjZgzG
    a+Cq1gYOAkUm5hjtKxVU3tsOPOr8S59NJzW1u1tv2cumGDCNIdXkvgYyCFA2W3D8
    KO+P38/CjGZYaSqLAAqmstOFfL6MhYVPkDfOa7jd53dS6uAv0J6L37mH1ZfTeOfA
    o/AFXlzrTIJitJWoQe5+AbG+aB2mGe/DJxWwcnHQA50B1HYD1KP5oUap+vPmmTVr
    +xKv/b2HsrvZYvQQK6wKitsCAwEAAQ==
    -----END PUBLIC KEY-----
  EOT
}

resource "humanitec_environment_type" "staging" {
  id          = "staging"
  description = "Staging at ${var.revision}"
}

resource "humanitec_application" "shop" {
  id   = "shop"
  name = "Shop at ${var.revision}"
}

resource "humanitec_environment" "stage" {
  app_id = humanitec_application.shop.id
  id     = "stage"
  name   = "Stage at ${var.revision}"
  type   = humanitec_environment_type.staging.id
}

resource "humanitec_agent" "eu" {
  id          = "eu-agent"
  description = "Agent at ${var.revision}"
  public_keys = [
    { key = local.first },
    { key = var.revision == "refs/tags/v2" ? local.third : local.second },
  ]
}
