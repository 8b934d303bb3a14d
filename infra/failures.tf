# Where failures go, so that none vanishes: each ends in a queue that has an alarm, and no poller waits
# for ever.

locals {
  dead_letters = {
    uploads    = "Events of S3 that the trigger could not deal with"
    executions = "Executions that failed, timed out or were stopped, with their input"
    events     = "Events that EventBridge could not deliver"
  }
}

resource "aws_sqs_queue" "dead" {
  for_each = local.dead_letters

  name                      = "${var.project_name}-dead-${each.key}"
  message_retention_seconds = 1209600 # 14 days, the most
  sqs_managed_sse_enabled   = true

  tags = { Purpose = each.value }
}

data "aws_iam_policy_document" "dead" {
  for_each = local.dead_letters

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.dead[each.key].arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    # The trigger's own role lets it send.
    for_each = each.key == "uploads" ? [] : [1]

    content {
      sid       = "FromEventBridge"
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.dead[each.key].arn]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [aws_cloudwatch_event_rule.failed.arn, aws_cloudwatch_event_rule.failed_batch.arn]
      }
    }
  }
}

resource "aws_sqs_queue_policy" "dead" {
  for_each = local.dead_letters

  queue_url = aws_sqs_queue.dead[each.key].url
  policy    = data.aws_iam_policy_document.dead[each.key].json
}

# Executions that ended otherwise than well. Those of pictures that were refused are left out: their rows
# say so already, and trying them again is no use.
resource "aws_cloudwatch_event_rule" "failed" {
  name        = "${var.project_name}-failed"
  description = "Executions of the pipeline that failed, timed out or were stopped"

  event_pattern = jsonencode({
    source        = ["aws.states"]
    "detail-type" = ["Step Functions Execution Status Change"]
    detail = {
      status          = ["FAILED", "TIMED_OUT", "ABORTED"]
      stateMachineArn = [local.state_machine_arns["pipeline"]]
      error           = [{ exists = false }, null, { "anything-but" = "PictureRefused" }]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed_queue" {
  rule      = aws_cloudwatch_event_rule.failed.name
  target_id = "queue"
  arn       = aws_sqs_queue.dead["executions"].arn

  dead_letter_config {
    arn = aws_sqs_queue.dead["events"].arn
  }

  depends_on = [aws_sqs_queue_policy.dead]
}

# Nothing of an execution runs after it has timed out or was stopped, so somebody else has to write its
# row. The event has the input as a string of JSON, which a state machine can read, and nothing else here.
resource "aws_cloudwatch_event_target" "failed_row" {
  rule      = aws_cloudwatch_event_rule.failed.name
  target_id = "row"
  arn       = aws_sfn_state_machine.failed.arn
  role_arn  = aws_iam_role.events.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead["events"].arn
  }

  depends_on = [aws_sqs_queue_policy.dead, aws_iam_role_policy.events]
}

# What failed in a batch is in its report; a batch that failed as a whole is told of here.
resource "aws_cloudwatch_event_rule" "failed_batch" {
  name        = "${var.project_name}-failed-batch"
  description = "Batches that failed, timed out or were stopped"

  event_pattern = jsonencode({
    source        = ["aws.states"]
    "detail-type" = ["Step Functions Execution Status Change"]
    detail = {
      status          = ["FAILED", "TIMED_OUT", "ABORTED"]
      stateMachineArn = [local.state_machine_arns["batch"], local.state_machine_arns["failed"]]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed_batch_queue" {
  rule      = aws_cloudwatch_event_rule.failed_batch.name
  target_id = "queue"
  arn       = aws_sqs_queue.dead["executions"].arn

  dead_letter_config {
    arn = aws_sqs_queue.dead["events"].arn
  }

  depends_on = [aws_sqs_queue_policy.dead]
}

data "aws_iam_policy_document" "events_assumes" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "events" {
  name               = "${var.project_name}-events"
  description        = "What EventBridge may do with executions that failed"
  assume_role_policy = data.aws_iam_policy_document.events_assumes.json
}

data "aws_iam_policy_document" "events" {
  statement {
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arns["failed"]]
  }
}

resource "aws_iam_role_policy" "events" {
  name   = "start"
  role   = aws_iam_role.events.id
  policy = data.aws_iam_policy_document.events.json
}

resource "aws_sfn_state_machine" "failed" {
  name     = local.state_machine_names["failed"]
  role_arn = aws_iam_role.state_machine["failed"].arn

  definition = templatefile("${path.module}/failed.asl.json", {
    partition = local.partition
    store     = aws_lambda_function.tool["store"].arn
  })

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.state_machine["failed"].arn}:*"
  }

  tracing_configuration {
    enabled = var.tracing
  }

  depends_on = [aws_iam_role_policy.state_machine]
}
