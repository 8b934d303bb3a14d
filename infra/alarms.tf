# What somebody has to look at.

# It is not encrypted with AWS's own key for SNS, which would keep CloudWatch from writing to it; what it is
# sent names functions and numbers, and nobody's pictures.
resource "aws_sns_topic" "alarms" {
  name = "${var.project_name}-alarms"
}

data "aws_iam_policy_document" "alarms" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.alarm_emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  # Each alarm: what is counted, of what, and how much is too much. A sum of five minutes unless told otherwise.
  alarms = merge(
    {
      for name, full in local.function_names : "${name}-errors" => {
        text       = "The function ${name} fails"
        namespace  = "AWS/Lambda"
        metric     = "Errors"
        dimensions = { FunctionName = full }
        # A picture that is refused is an error of validate's, so that the state machine sees it.
        over = name == "validate" ? var.alarm_refusals : 0
      }
    },
    {
      for name, full in local.function_names : "${name}-throttles" => {
        text       = "The function ${name} is called more often than the account's concurrency allows"
        namespace  = "AWS/Lambda"
        metric     = "Throttles"
        dimensions = { FunctionName = full }
        over       = 0
      }
    },
    {
      for pair in setproduct(keys(local.state_machine_names), ["Failed", "TimedOut", "Aborted"]) :
      "${pair[0]}-executions-${lower(pair[1])}" => {
        text       = "Executions of ${pair[0]}: ${pair[1]}"
        namespace  = "AWS/States"
        metric     = "Executions${pair[1]}"
        dimensions = { StateMachineArn = local.state_machine_arns[pair[0]] }
        # What failed otherwise than by a refusal is in a queue, which has an alarm of its own.
        over = pair[0] == "pipeline" && pair[1] == "Failed" ? var.alarm_refusals : 0
      }
    },
    {
      for name, text in local.dead_letters : "dead-${name}" => {
        text       = "Not dealt with: ${text}"
        namespace  = "AWS/SQS"
        metric     = "ApproximateNumberOfMessagesVisible"
        statistic  = "Maximum"
        dimensions = { QueueName = "${var.project_name}-dead-${name}" }
        over       = 0
      }
    },
    {
      uploads-lost = {
        text       = "A failed event of an upload could not be put into its queue"
        namespace  = "AWS/Lambda"
        metric     = "DestinationDeliveryFailures"
        dimensions = { FunctionName = local.function_names["trigger"] }
        over       = 0
      }
      rekognition-throttles = {
        text       = "Rekognition is asked faster than the account may: see label_concurrency"
        namespace  = "AWS/Rekognition"
        metric     = "ThrottledCount"
        dimensions = { Operation = "DetectLabels" }
        over       = 0
      }
      api-5xx = {
        text       = "The API fails"
        namespace  = "AWS/ApiGateway"
        metric     = "5xx"
        dimensions = { ApiId = aws_apigatewayv2_api.http.id }
        over       = 0
      }
      table-throttles = {
        text       = "The table is written to faster than DynamoDB allows"
        namespace  = "AWS/DynamoDB"
        metric     = "WriteThrottleEvents"
        dimensions = { TableName = local.table_name }
        over       = 0
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "all" {
  for_each = local.alarms

  alarm_name          = "${var.project_name}-${each.key}"
  alarm_description   = each.value.text
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = try(each.value.statistic, "Sum")
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.over
  treat_missing_data  = "notBreaching" # nothing is counted where nothing happens
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
