provider "aws" {
  region = "eu-central-1"
}

resource "aws_s3_bucket" "files" {
  bucket = "acme-object-files"
}

resource "aws_s3_bucket_object" "note" {
  bucket  = aws_s3_bucket.files.bucket
  key     = "notes/first note.txt"
  content = "text"
  tags    = { team = "shop" }
}
