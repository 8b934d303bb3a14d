output "uploads_bucket_name" {
  description = "The bucket that pictures are uploaded to, and renditions written to."
  value       = aws_s3_bucket.uploads.bucket
}

output "dynamodb_table_name" {
  description = "The table that results are in."
  value       = aws_dynamodb_table.images.name
}

output "api_base_url" {
  description = "Where the HTTP API is: POST /upload-url, GET /results, GET /limits."
  value       = aws_apigatewayv2_api.http.api_endpoint
}

output "site_url" {
  description = "Where the frontend is, and the same API; null without cloudfront."
  value       = local.site_url
}

output "site_bucket_name" {
  description = "The bucket for the frontend's files; null without cloudfront."
  value       = one(aws_s3_bucket.site[*].bucket)
}

output "site_distribution_id" {
  description = "The distribution whose copies are to be dropped after the frontend's files have changed; null without cloudfront."
  value       = one(aws_cloudfront_distribution.site[*].id)
}

output "rendition_url" {
  description = "What the URLs of renditions begin with at CloudFront, as imgpl-results --rendition-url takes it; null where it serves none."
  value       = local.serves_renditions ? local.site_url : null
}

output "rendition_key_id" {
  description = "The id that goes into signed URLs of renditions; null without rendition_public_key."
  value       = one(aws_cloudfront_public_key.renditions[*].id)
}

output "state_machine_arn" {
  description = "The state machine, an execution of which each picture is."
  value       = aws_sfn_state_machine.pipeline.arn
}

output "batch_state_machine_arn" {
  description = "The state machine that works on all that is in the bucket; start it with {\"prefix\":\"uploads/\"}."
  value       = aws_sfn_state_machine.batch.arn
}

output "dead_letter_queue_urls" {
  description = "The queues that failures end in: of uploads, of executions, and of events that could not be delivered."
  value       = { for name, queue in aws_sqs_queue.dead : name => queue.url }
}

output "alarm_topic_arn" {
  description = "The topic that alarms are sent to."
  value       = aws_sns_topic.alarms.arn
}

output "function_names" {
  description = "Each tool's function."
  value       = local.function_names
}

output "sign_in" {
  description = "What the frontend needs to have people sign in; null without sign_in."
  value = var.sign_in ? {
    authority = local.sign_in_issuer
    client_id = aws_cognito_user_pool_client.frontend[0].id
    domain    = local.sign_in_url
  } : null
}
