# The HTTP API. It speaks payload 2.0 with the functions, and its one stage is deployed by itself.

locals {
  # Each route, the function that answers it, and whether it needs somebody who has signed in.
  routes = {
    "POST /upload-url" = { function = "presign", owner = true }
    "GET /results"     = { function = "results", owner = true }
    "GET /limits"      = { function = "presign", owner = false }
  }

  api_functions = toset([for route in local.routes : route.function])
}

resource "aws_apigatewayv2_api" "http" {
  name          = var.project_name
  description   = "Uploads of pictures, and what became of them"
  protocol_type = "HTTP"

  dynamic "cors_configuration" {
    for_each = length(local.origins) > 0 ? [local.origins] : []

    content {
      allow_origins = cors_configuration.value
      allow_methods = ["GET", "POST"]
      allow_headers = ["authorization", "content-type"]
      max_age       = 3600
    }
  }
}

resource "aws_apigatewayv2_integration" "function" {
  for_each = local.api_functions

  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.tool[each.key].invoke_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = (local.functions[each.key].timeout + 1) * 1000
}

resource "aws_apigatewayv2_route" "function" {
  for_each = local.routes

  api_id             = aws_apigatewayv2_api.http.id
  route_key          = each.key
  target             = "integrations/${aws_apigatewayv2_integration.function[each.value.function].id}"
  authorization_type = var.sign_in && each.value.owner ? "JWT" : "NONE"
  authorizer_id      = var.sign_in && each.value.owner ? aws_apigatewayv2_authorizer.cognito[0].id : null
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.http.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = var.api_rate
    throttling_burst_limit   = var.api_burst
    detailed_metrics_enabled = false
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn

    # The route and not the path or the query, which have people's keys in them.
    format = jsonencode({
      time      = "$context.requestTime"
      requestId = "$context.requestId"
      ip        = "$context.identity.sourceIp"
      route     = "$context.routeKey"
      status    = "$context.status"
      bytes     = "$context.responseLength"
      ms        = "$context.responseLatency"
      error     = "$context.integrationErrorMessage"
    })
  }
}

resource "aws_cloudwatch_log_group" "api" {
  name              = "/aws/apigateway/${var.project_name}"
  retention_in_days = var.log_days
}

resource "aws_lambda_permission" "api" {
  for_each = local.routes

  statement_id  = lower(replace(each.key, "/[^A-Za-z]+/", "-"))
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.tool[each.value.function].function_name
  principal     = "apigateway.amazonaws.com"
  # Of any stage, this method and this path.
  source_arn = "${aws_apigatewayv2_api.http.execution_arn}/*/${replace(each.key, " ", "")}"
}
