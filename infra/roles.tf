# A role for each function, which may do what its tool does and nothing else.

locals {
  bucket_arn     = aws_s3_bucket.uploads.arn
  sources_arn    = [for each in distinct(concat([local.uploads_prefix], var.batch_prefixes)) : "${local.bucket_arn}/${each}*"]
  renditions_arn = "${local.bucket_arn}/${local.renditions_prefix}*"
  table_arn      = aws_dynamodb_table.images.arn
  write_row      = { actions = ["dynamodb:GetItem", "dynamodb:UpdateItem"], resources = [local.table_arn] }

  # What each tool's manual page, or imgpl(7) under AWS, says that it needs.
  permissions = {
    trigger = [
      { actions = ["states:StartExecution"], resources = [local.state_machine_arns["pipeline"]] },
      { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.dead["uploads"].arn] },
      local.write_row,
    ]
    validate = [
      { actions = ["s3:GetObject", "s3:GetObjectVersion"], resources = local.sources_arn },
      # Without it S3 says "forbidden" of a picture that was deleted meanwhile, and not "missing".
      { actions = ["s3:ListBucket"], resources = [local.bucket_arn] },
    ]
    resize = [
      { actions = ["s3:GetObject", "s3:GetObjectVersion"], resources = local.sources_arn },
      { actions = ["s3:PutObject", "s3:AbortMultipartUpload"], resources = [local.renditions_arn] },
    ]
    label = [
      { actions = ["s3:GetObject", "s3:GetObjectVersion"], resources = local.sources_arn },
      # A rendition that shows all of the picture is looked at in its stead, and has no version told.
      { actions = ["s3:GetObject"], resources = [local.renditions_arn] },
      # Rekognition has no resource to name for this.
      { actions = ["rekognition:DetectLabels"], resources = ["*"] },
    ]
    store = [
      local.write_row,
    ]
    # A signed URL can do what its signer may.
    presign = [
      { actions = ["s3:PutObject"], resources = ["${local.bucket_arn}/${local.uploads_prefix}*"] },
    ]
    results = concat(
      [{ actions = ["dynamodb:GetItem", "dynamodb:BatchGetItem"], resources = [local.table_arn] }],
      # What signs URLs for S3 or for CloudFront.
      local.serves_renditions ? [] : [{ actions = ["s3:GetObject"], resources = [local.renditions_arn] }],
      [for name in local.rendition_key_parameters : {
        actions   = ["ssm:GetParameter"]
        resources = ["arn:${local.partition}:ssm:${var.aws_region}:${local.account}:parameter${name}"]
      }],
    )
  }

  # Who reads what the key encrypts, and who writes.
  key_actions = {
    trigger  = ["kms:Decrypt"]
    validate = ["kms:Decrypt"]
    resize   = ["kms:Decrypt", "kms:GenerateDataKey"]
    label    = ["kms:Decrypt"]
    store    = ["kms:Decrypt"]
    presign  = ["kms:GenerateDataKey"]
    results  = ["kms:Decrypt"]
  }
}

data "aws_iam_policy_document" "lambda_assumes" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "tool" {
  for_each = local.function_names

  name               = each.value
  description        = "What ${each.value} may do"
  assume_role_policy = data.aws_iam_policy_document.lambda_assumes.json
}

data "aws_iam_policy_document" "tool" {
  for_each = local.function_names

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.tool[each.key].arn}:*"]
  }

  dynamic "statement" {
    for_each = local.permissions[each.key]

    content {
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }

  dynamic "statement" {
    for_each = local.kms_keys

    content {
      actions   = local.key_actions[each.key]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.tracing ? [1] : []

    content {
      # X-Ray has no resource to name for these.
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role_policy" "tool" {
  for_each = local.function_names

  name   = "tool"
  role   = aws_iam_role.tool[each.key].id
  policy = data.aws_iam_policy_document.tool[each.key].json
}
