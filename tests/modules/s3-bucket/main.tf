variable "bucket" { type = string }

resource "terraform_data" "bucket" {
  input = {
    name = var.bucket
    # What a provisioner needs when the bucket is destroyed.
    role        = var.assume_role_arn
    session     = var.assume_role_session_name
    external_id = var.assume_role_external_id
    region      = var.region
  }

  provisioner "local-exec" {
    command = "sh as-role.sh $ROLE $SESSION $EXTERNAL_ID aws s3api create-bucket --bucket $NAME --create-bucket-configuration LocationConstraint=$AWS_DEFAULT_REGION"
    environment = {
      ROLE               = self.input.role
      SESSION            = self.input.session
      EXTERNAL_ID        = self.input.external_id
      NAME               = self.input.name
      AWS_DEFAULT_REGION = self.input.region
    }
  }

  provisioner "local-exec" {
    when    = destroy
    command = "sh as-role.sh $ROLE $SESSION $EXTERNAL_ID aws s3api delete-bucket --bucket $NAME"
    environment = {
      ROLE               = self.input.role
      SESSION            = self.input.session
      EXTERNAL_ID        = self.input.external_id
      NAME               = self.input.name
      AWS_DEFAULT_REGION = self.input.region
    }
  }
}

output "bucket" { value = terraform_data.bucket.output.name }
output "region" { value = terraform_data.bucket.output.region }
