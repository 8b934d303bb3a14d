# The pipeline over everything that is in the bucket already, tens of thousands side by side if the
# account's concurrency allows: with new renditions, or after a change of what is told of labels.

locals {
  batch = jsondecode(templatefile("${path.module}/batch.asl.json", {
    partition = local.partition
    bucket    = aws_s3_bucket.uploads.bucket
  }))

  # Each picture goes through the pipeline's own states, so that there is one pipeline.
  each_picture = local.batch.States.EachPicture
  batch_definition = merge(local.batch, {
    States = {
      EachPicture = merge(local.each_picture, {
        ItemProcessor = merge(local.each_picture.ItemProcessor, {
          States = merge(local.each_picture.ItemProcessor.States, local.pipeline.States)
        })
      })
    }
  })
}

resource "aws_sfn_state_machine" "batch" {
  name       = local.state_machine_names["batch"]
  role_arn   = aws_iam_role.state_machine["batch"].arn
  definition = jsonencode(local.batch_definition)

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.state_machine["batch"].arn}:*"
  }

  tracing_configuration {
    enabled = var.tracing
  }

  depends_on = [aws_iam_role_policy.state_machine, aws_iam_role_policy.batch]
}

data "aws_iam_policy_document" "batch" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.uploads.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = [for each in var.batch_prefixes : "${each}*"]
    }
  }

  # The report, in parts if it is long.
  statement {
    actions   = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = ["${aws_s3_bucket.uploads.arn}/${local.batch_prefix}*"]
  }

  dynamic "statement" {
    for_each = local.kms_keys

    content {
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  # A distributed map starts executions of its own state machine, and looks after them. Pictures that failed are
  # started again, too, when a batch is redriven: those are of the express kind, which StartExecution redrives.
  statement {
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arns["batch"]]
  }

  statement {
    actions   = ["states:DescribeExecution", "states:StopExecution"]
    resources = ["${replace(local.state_machine_arns["batch"], ":stateMachine:", ":execution:")}:*"]
  }
}

resource "aws_iam_role_policy" "batch" {
  name   = "batch"
  role   = aws_iam_role.state_machine["batch"].id
  policy = data.aws_iam_policy_document.batch.json
}
