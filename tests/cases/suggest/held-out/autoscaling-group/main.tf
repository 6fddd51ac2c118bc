provider "aws" {
  region = "eu-central-1"
}

resource "aws_launch_template" "workers" {
  name          = "acme-workers"
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t3.micro"
  tags          = { team = "shop" }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = 20
    }
  }
}

resource "aws_autoscaling_group" "workers" {
  name                      = "acme-workers"
  availability_zones        = ["eu-central-1a"]
  min_size                  = 0
  max_size                  = 2
  desired_capacity          = 0
  wait_for_capacity_timeout = "0"

  launch_template {
    id      = aws_launch_template.workers.id
    version = "1"
  }
}
