provider "aws" {
  region = "eu-central-1"
}

resource "aws_vpc" "files" {
  cidr_block = "10.5.0.0/16"
}

resource "aws_subnet" "files" {
  vpc_id     = aws_vpc.files.id
  cidr_block = "10.5.1.0/24"
}

resource "aws_efs_file_system" "files" {
  creation_token = "acme-files"
  tags           = { team = "shop" }

  lifecycle_policy {
    transition_to_ia = "AFTER_30_DAYS"
  }
}

resource "aws_efs_mount_target" "files" {
  file_system_id = aws_efs_file_system.files.id
  subnet_id      = aws_subnet.files.id
}

resource "aws_efs_access_point" "files" {
  file_system_id = aws_efs_file_system.files.id

  posix_user {
    uid = 1000
    gid = 1000
  }
}
