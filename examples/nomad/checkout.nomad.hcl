variable "version" {
  type = string
}

job "checkout" {
  # Read back by `observe`.
  meta {
    version = var.version
  }

  group "checkout" {
    count = 3

    network {
      port "http" {}
    }

    update {
      max_parallel      = 1
      health_check      = "checks"
      min_healthy_time  = "10s"
      healthy_deadline  = "3m"
      progress_deadline = "10m"
      # rollpin says what runs: a second mind that goes back by itself would be reported as drift.
      auto_revert = false
    }

    service {
      name     = "checkout"
      provider = "consul"
      port     = "http"

      check {
        type     = "http"
        path     = "/healthz"
        interval = "5s"
        timeout  = "2s"
      }
    }

    task "server" {
      driver = "docker"

      config {
        image = "registry.example/checkout:${var.version}"
        ports = ["http"]
      }
    }
  }
}
