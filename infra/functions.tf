# One function a tool, all from one package: the handler says which tool it is.

locals {
  package = coalesce(var.package, "${path.module}/../build/lambda/imgpl-${var.architecture}.zip")

  store_url = "s3:${aws_s3_bucket.uploads.bucket}"
  table_url = "dynamodb:${aws_dynamodb_table.images.name}"

  # Memory is also how fast a function is: 1769 MB is one processor, and a price for what is left unused.
  # The tools take 10 to 40 MB, and these waits are for the network, but for those of resize.
  functions = {
    trigger = {
      description = "Starts an execution for each picture that is uploaded"
      memory      = 256
      timeout     = 30
      options     = ["--mark"]
      environment = {
        IMGPL_TABLE       = local.table_url
        STATE_MACHINE_ARN = local.state_machine_arns["pipeline"]
      }
    }
    validate = {
      description = "Says what a picture is, or refuses it"
      # PNG, WebP and progressive JPEG are read through, and held: up to max_upload_bytes. Sharpness is
      # computed, and there a whole processor costs no more than a slice of one.
      memory  = var.min_sharpness > 0 ? 1769 : 512
      timeout = 60
      options = concat(
        ["--max-bytes=${var.max_upload_bytes}"],
        var.min_sharpness > 0 ? ["--min-sharpness=${var.min_sharpness}"] : [],
      )
      environment = { IMGPL_STORE = local.store_url }
    }
    resize = {
      description = "Makes the renditions of a picture"
      # All of it is computing, so that one whole processor costs no more than a slice of one; and 50
      # megapixels of lossless WebP are 200 MB.
      memory      = 1769
      timeout     = 120
      options     = concat([for each in var.renditions : "--rendition=${each}"], ["--max-bytes=${var.max_upload_bytes}"])
      environment = { IMGPL_STORE = local.store_url }
    }
    label = {
      description = "Has Rekognition say what is seen in a picture"
      # Rekognition reads JPEG and PNG by itself; a WebP is decoded here, to be sent as a JPEG.
      memory  = 512
      timeout = 60
      options = [
        "--max-labels=${var.max_labels}", "--min-confidence=${var.min_confidence}", "--max-bytes=${var.max_upload_bytes}",
      ]
      environment = {
        IMGPL_STORE   = local.store_url
        IMGPL_LABELER = "rekognition"
      }
    }
    store = {
      description = "Writes what came of a picture into the table"
      memory      = 256
      timeout     = 30
      options     = ["--ttl=${var.result_days}"]
      environment = {
        IMGPL_STORE = local.store_url
        IMGPL_TABLE = local.table_url
      }
    }
    presign = {
      description = "Answers POST /upload-url and GET /limits"
      memory      = 256
      timeout     = 10
      options     = ["--once", "--expires=${var.upload_seconds}", "--max-bytes=${var.max_upload_bytes}"]
      environment = {
        IMGPL_STORE   = local.store_url
        UPLOAD_BUCKET = aws_s3_bucket.uploads.bucket
      }
    }
    results = {
      description = "Answers GET /results"
      memory      = 256
      timeout     = 10
      # Whoever asks is told of a time-out when the execution has had all of its time, and not before.
      options = concat(["--time-out=${local.pipeline_seconds}"], local.rendition_options)
      environment = {
        IMGPL_STORE = local.store_url
        IMGPL_TABLE = local.table_url
      }
    }
  }

  # CloudFront serves renditions for less than S3, to everybody or by signed URLs; without it S3's URLs are signed.
  rendition_options = !local.serves_renditions ? [] : concat(
    ["--rendition-url=${local.site_url}"],
    [for id in aws_cloudfront_public_key.renditions[*].id : "--rendition-key-id=${id}"],
    [for name in local.rendition_key_parameters : "--rendition-key=ssm:${name}"],
  )

  function_names = { for name, _ in local.functions : name => "${var.project_name}-${name}" }
}

resource "aws_lambda_function" "tool" {
  for_each = local.functions

  function_name    = local.function_names[each.key]
  description      = each.value.description
  role             = aws_iam_role.tool[each.key].arn
  runtime          = "provided.al2023"
  architectures    = [var.architecture]
  handler          = each.key
  filename         = local.package
  source_code_hash = filebase64sha256(local.package)
  memory_size      = each.value.memory
  timeout          = each.value.timeout

  reserved_concurrent_executions = each.key == "label" && var.label_concurrency != null ? var.label_concurrency : -1

  environment {
    # The options are read by the bootstrap; none of them holds a space.
    variables = merge(each.value.environment, { IMGPL_OPTIONS = join(" ", each.value.options) })
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.tool[each.key].name
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  # A function without its permissions fails its first events.
  depends_on = [aws_iam_role_policy.tool]
}

resource "aws_cloudwatch_log_group" "tool" {
  for_each = local.function_names

  name              = "/aws/lambda/${each.value}"
  retention_in_days = var.log_days
}
