# The state machine that takes a picture from its upload to its result. It is of the standard kind,
# which starts no second execution of a name: a duplicate event does no harm.

locals {
  pipeline = jsondecode(templatefile("${path.module}/pipeline.asl.json", {
    partition = local.partition
    validate  = aws_lambda_function.tool["validate"].arn
    resize    = aws_lambda_function.tool["resize"].arn
    label     = aws_lambda_function.tool["label"].arn
    store     = aws_lambda_function.tool["store"].arn
  }))

  # Read from the file as it is, since functions are told of it that the state machine names.
  pipeline_seconds = jsondecode(file("${path.module}/pipeline.asl.json")).TimeoutSeconds

  # Each state machine, and the functions that it invokes.
  state_machines = {
    pipeline = ["validate", "resize", "label", "store"]
    failed   = ["store"]
    batch    = ["validate", "resize", "label", "store"]
  }
}

resource "aws_sfn_state_machine" "pipeline" {
  name       = local.state_machine_names["pipeline"]
  role_arn   = aws_iam_role.state_machine["pipeline"].arn
  definition = jsonencode(local.pipeline)

  # Errors alone, and no records: they hold people's file names and labels.
  logging_configuration {
    level                  = "ERROR"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.state_machine["pipeline"].arn}:*"
  }

  tracing_configuration {
    enabled = var.tracing
  }

  depends_on = [aws_iam_role_policy.state_machine]
}

resource "aws_cloudwatch_log_group" "state_machine" {
  for_each = local.state_machines

  # Names that begin so share one resource policy, of which there can be few.
  name              = "/aws/vendedlogs/states/${var.project_name}-${each.key}"
  retention_in_days = var.log_days
}

data "aws_iam_policy_document" "states_assumes" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    # Nobody else's state machines.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "state_machine" {
  for_each = local.state_machines

  name               = "${var.project_name}-states-${each.key}"
  description        = "What the state machine ${var.project_name}-${each.key} may do"
  assume_role_policy = data.aws_iam_policy_document.states_assumes.json
}

data "aws_iam_policy_document" "state_machine" {
  for_each = local.state_machines

  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [for function in each.value : aws_lambda_function.tool[function].arn]
  }

  statement {
    # That logs are delivered for a state machine has no resource to name.
    actions = [
      "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    ]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = var.tracing ? [1] : []

    content {
      # X-Ray has no resource to name for these.
      actions = [
        "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
      ]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role_policy" "state_machine" {
  for_each = local.state_machines

  name   = "invoke"
  role   = aws_iam_role.state_machine[each.key].id
  policy = data.aws_iam_policy_document.state_machine[each.key].json
}
