variable "queue" { type = string }

resource "terraform_data" "queue" {
  input = {
    name = var.queue
    # What a provisioner needs when the queue is destroyed.
    role        = var.assume_role_arn
    session     = var.assume_role_session_name
    external_id = var.assume_role_external_id
    region      = var.region
  }

  provisioner "local-exec" {
    command = "sh as-role.sh $ROLE $SESSION $EXTERNAL_ID sh queue.sh create $NAME"
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
    command = "sh as-role.sh $ROLE $SESSION $EXTERNAL_ID sh queue.sh delete $NAME"
    environment = {
      ROLE               = self.input.role
      SESSION            = self.input.session
      EXTERNAL_ID        = self.input.external_id
      NAME               = self.input.name
      AWS_DEFAULT_REGION = self.input.region
    }
  }
}

output "queue" { value = terraform_data.queue.output.name }
output "region" { value = terraform_data.queue.output.region }
