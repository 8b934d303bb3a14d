# All of it at a glance.

locals {
  # Each graph: its title, and lines of namespace, metric, and pairs of a dimension's name and value.
  graphs = [
    {
      title = "Pictures"
      lines = [
        for metric in ["ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"] :
        ["AWS/States", metric, "StateMachineArn", local.state_machine_arns["pipeline"]]
      ]
    },
    {
      title     = "From upload to result, milliseconds"
      statistic = "p95"
      lines     = [["AWS/States", "ExecutionTime", "StateMachineArn", local.state_machine_arns["pipeline"]]]
    },
    {
      title     = "Functions, milliseconds"
      statistic = "p95"
      lines     = [for full in values(local.function_names) : ["AWS/Lambda", "Duration", "FunctionName", full]]
    },
    {
      title = "Functions, errors"
      lines = [for full in values(local.function_names) : ["AWS/Lambda", "Errors", "FunctionName", full]]
    },
    {
      title     = "Functions at work"
      statistic = "Maximum"
      lines     = [for full in values(local.function_names) : ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", full]]
    },
    {
      title = "Throttled"
      lines = concat(
        [for full in values(local.function_names) : ["AWS/Lambda", "Throttles", "FunctionName", full]],
        [["AWS/Rekognition", "ThrottledCount", "Operation", "DetectLabels"]],
        [["AWS/DynamoDB", "WriteThrottleEvents", "TableName", local.table_name]],
      )
    },
    {
      title     = "Not dealt with"
      statistic = "Maximum"
      lines     = [for queue in aws_sqs_queue.dead : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name]]
    },
    {
      title = "API"
      lines = [for metric in ["Count", "4xx", "5xx"] : ["AWS/ApiGateway", metric, "ApiId", aws_apigatewayv2_api.http.id]]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "overview" {
  dashboard_name = var.project_name

  dashboard_body = jsonencode({
    widgets = [
      for i, graph in local.graphs : {
        type   = "metric"
        x      = i % 2 * 12
        y      = floor(i / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = graph.title
          region  = var.aws_region
          view    = "timeSeries"
          period  = 300
          stat    = try(graph.statistic, "Sum")
          metrics = graph.lines
        }
      }
    ]
  })
}
