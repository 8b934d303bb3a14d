# An upload starts the pipeline: S3 tells the trigger, which is the one function that is invoked
# asynchronously. Lambda keeps the event, tries three times within an hour, and then puts it into a queue.

resource "aws_lambda_permission" "bucket" {
  statement_id   = "bucket"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.tool["trigger"].function_name
  principal      = "s3.amazonaws.com"
  source_arn     = aws_s3_bucket.uploads.arn
  source_account = local.account # a bucket's ARN doesn't say whose it is
}

resource "aws_s3_bucket_notification" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  lambda_function {
    lambda_function_arn = aws_lambda_function.tool["trigger"].arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = local.uploads_prefix
  }

  depends_on = [aws_lambda_permission.bucket]
}

resource "aws_lambda_function_event_invoke_config" "trigger" {
  function_name                = aws_lambda_function.tool["trigger"].function_name
  maximum_event_age_in_seconds = 3600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead["uploads"].arn
    }
  }

  depends_on = [aws_iam_role_policy.tool]
}
