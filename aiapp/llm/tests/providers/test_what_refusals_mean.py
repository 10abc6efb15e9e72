"""Refusals are understood, in the words of the servers that are in use."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from aiapp.llm.errors import (
    BadRequest,
    ContextTooLong,
    ModelBusy,
    ModelError,
    ModelRefused,
    ModelUnavailable,
)
from aiapp.llm.refusals.meaning import interpret, interpret_error
from aiapp.llm.refusals.waits import parse_retry_after, wait


def dump(message: str, **more: Any) -> str:
    return json.dumps({"error": {"message": message, **more}})


TOO_LONG = [
    (400, dump("This model's maximum context length is 8192 tokens. However, your messages "
               "resulted in 9000 tokens.", code="context_length_exceeded")),
    (400, dump("This model's maximum context length is 65536 tokens. However, you requested "
               "70000 tokens")),
    (400, dump("the request exceeds the available context size, try increasing it",
               type="exceed_context_size_error", n_ctx=4096)),
    (500, dump("input length exceeds the context length")),
    (400, dump("Trying to keep the first 111490 tokens when context the overflows.")),
    (400, dump("The input token count (1200000) exceeds the maximum number of tokens allowed "
               "(1048576).", status="INVALID_ARGUMENT")),
    (400, dump("Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 "
               "maximum context length")),
    (400, dump("prompt is too long: 210000 tokens > 200000 maximum")),
    (400, dump("Input is too long for requested model.")),
    (400, dump("<400> InternalError.Algo.InvalidParameter: Range of input length should be "
               "[1, 30720]")),
    (400, dump("Your request exceeded model token limit: 8192")),
    (400, dump("This model's maximum prompt length is 131072 but the request contains 140000")),
    (422, '{"error": "Input validation error: `inputs` must have less than 4095 tokens."}'),
    (400, dump("Invalid 'messages[1].content': string too long.", code="string_above_max_length")),
    (413, "<html><title>413 Request Entity Too Large</title></html>"),
    (400, dump("Please reduce the length of the messages or completion.")),
    (400, dump("The input (40000 tokens) is longer than the model's context length (32768).")),
    (400, dump("The decoder prompt (length 5000) is longer than the maximum model length of "
               "4096.")),
    (400, dump("Requested input length 40000 exceeds maximum input length 32768")),
    (400, dump("litellm.ContextWindowExceededError: the prompt does not fit")),
    (400, dump("Prompt exceeds max length", code="1261")),
    (400, dump("Total tokens of image and text exceed max message tokens")),
    (400, dump("the number of input tokens 9000 cannot exceed the total tokens limit 8192")),
    (400, dump("Malformed input request: expected maxLength: 2000000, actual: 2400000")),
    (400, dump("prompt tokens too long")),
    (400, dump("prompt token count of 130000 exceeds the limit of 128000")),
    (400, dump("Requested generation length 1 is not possible! The provided prompt is 10000 "
               "tokens long, so generating 1 tokens requires a sequence length of 10001, but "
               "the maximum supported sequence length is just 8192!")),
    (400, dump("default_max_tokens (-123) must be greater than 0, max_seq_len 4096 - "
               "splited_prompt_len")),
    (400, dump("Prompt length 5000 is greater than max_seq_len 4096")),
    (400, dump("Number of prompt tokens: 9000 exceeds model max length: 8192")),
    (400, dump("Request prompt has 5000 tokens in total, larger than the model input length "
               "limit 4096.")),
    (400, dump("Cannot truncate to 89998, required 355220: text:355351")),
    (400, dump("Please ensure that the total number of tokens in messages (34000) does not "
               "exceed 32768")),
    (400, dump("The message you submitted was too long, please reload the conversation.")),
    (400, dump("Prompt 超长")),
    (400, dump("输入长度超过模型最大长度限制")),
    *((400, dump(words)) for words in [
        "Input length 131393 exceeds the maximum allowed input length of 131040 tokens.",
        "Context size has been exceeded.", "Request body too large for gpt-4o model.",
        "The conversation is too long for this model", "AI_APICallError: input is too large",
        "The total number of tokens exceeds the limit", "model_max_prompt_tokens_exceeded",
        "Prompt tokens (9000) exceed model limit (8192)", "Exceeded maximum token length",
        "exceeds the model's max input limit of 230400 tokens", "Please shorten your prompt",
        "your prompt contains 9000 tokens, exceeding the limit of 8192", "request_too_large",
        "Current length is 9000 while limit is 8192", "Job requires 9000 tokens (only 8192 "
        "available)", "InputTokenLimitExceeded", "too many total text bytes: 25000001 > 25000000",
        "Message exceeds the maximum length", "输入内容过长", "token数量超过上限", "输入长度超限"]),
]  # fmt: skip
BUSY = [
    (413, dump("Request too large for model `llama-3.1-8b-instant` on tokens per minute (TPM): "
               "Limit 6000, Requested 7220, please reduce your message size and try again.",
               type="tokens", code="rate_limit_exceeded")),
    (429, dump("Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000")),
    (429, "<html>Too Many Requests</html>"),
    (400, dump("Too many tokens, please wait before trying again.")),
    (400, dump("Too many concurrent requests for this model")),
    (429, json.dumps([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message":
        "You exceeded your current quota, please check your plan and billing details.",
        "details": [{"retryDelay": "34s"}]}}])),
    (529, dump("Overloaded", type="overloaded_error")),
    (498, dump("Flex tier capacity exceeded", code="capacity_exceeded")),
    (400, dump("The engine is currently overloaded, please try again later",
               type="engine_overloaded_error")),
    (400, dump("Open api qps request limit reached")),
    (400, dump("Service tier capacity exceeded for this model.")),
    (403, dump("Request was throttled. Expected available in 3 seconds.")),
    (403, dump("You have exceeded a secondary rate limit, please wait")),
    (403, dump("请求过于频繁")),
    (400, dump("当前分组上游负载已饱和，请稍后再试")),
    *((400, dump(words)) for words in [
        "The system is busy, please retry", "Resource has been exhausted (e.g. check quota).",
        "ResourceExhausted: Worker local total request limit reached (33/32)", "please slow down",
        "maximum concurrent requests reached", "queue full", "系统繁忙，请稍后再试", "请求过多"]),
    (429, dump("quota exceeded")),
    (429, dump("Rate limit exceeded: free-models-per-day. Add 10 credits to unlock more")),
]  # fmt: skip
REFUSED = [
    (401, dump("Incorrect API key provided: sk-1")),
    (402, dump("This request requires more credits, or fewer max_tokens.", code=402)),
    (429, dump("You exceeded your current quota, please check your plan and billing details.",
               type="insufficient_quota", code="insufficient_quota")),
    (400, dump("Your credit balance is too low to access the Anthropic API.")),
    (400, dump("API key not valid. Please pass a valid API key.", status="INVALID_ARGUMENT")),
    (400, dump("Incorrect API key provided: xa***. You can obtain an API key from the console.")),
    (404, dump("The model `gpt-9` does not exist or you do not have access to it.")),
    (400, dump("The model `gpt-9` does not exist.")),
    (404, dump("model 'llama9' not found, try pulling it first")),
    (405, "Method Not Allowed"),
    (402, dump("Insufficient Balance")),
    (429, dump("Your account is suspended", type="exceeded_current_quota_error")),
    (403, dump("Insufficient account balance")),
    (400, dump("API key expired. Please renew the API key.", status="INVALID_ARGUMENT")),
    (400, dump("Model Not Exist")),
    (400, dump("deepseek/x is not a valid model ID")),
    (400, dump("The model `x` has been decommissioned and is no longer supported.")),
    (400, dump("The requested model is not supported.", code="model_not_supported")),
    (400, dump("Unable to access model x. Please visit the list of supported models.")),
    (400, dump("You have reached your specified API usage limits. You will regain access on "
               "2026-12-01.")),
    (429, dump("余额不足或无可用资源包,请充值。", code="1113")),
    (400, dump("Budget has been exceeded! Current cost: 12.0, Max budget: 10.0",
               type="budget_exceeded")),
    (429, dump("Budget has been exceeded! Current cost: 12.0, Max budget: 10.0",
               type="budget_exceeded")),
    (400, dump("Access denied, please make sure your account is in good standing.",
               code="Arrearage")),
    (403, dump("Free quota exhausted", code="AllocationQuota.FreeTierOnly")),
    (400, dump("This organization has been disabled.")),
    (400, dump("User location is not supported for the API use.")),
    (400, dump("Invalid Authentication")),
    (400, dump("Invalid API-key provided.")),
    (400, dump("No auth credentials found")),
    (400, dump("The provided model identifier is invalid.")),
    (400, dump("Invocation of model ID x with on-demand throughput isn’t supported. Retry your "
               "request with the ID or ARN of an inference profile that contains this model.")),
    (400, dump("模型不存在，请检查模型代码。")),
    (400, dump("Model not supported by provider hf-inference")),
    (400, dump("Unsupported model: x")),
    *((429, dump(words)) for words in [
        "You are out of credits", "your credits have been depleted", "InsufficientBalance",
        "You have exceeded your monthly included credits for Inference Providers.",
        "you have used up your daily free allocation of 10,000 neurons", "usage_limit_reached",
        "subscription:free-usage-exhausted", "account_deactivated", "您的账户额度已用尽",
        "Your account org-1 is suspended due to insufficient balance, please recharge"]),
    *((400, dump(words)) for words in [
        "Please add a payment method", "Your free trial has ended", "account is in arrears",
        "API key invalid", "You didn't provide an API key", "Invalid token", "无效的令牌",
        "model is not loaded", "model `x` is deprecated and no longer available",
        "Model x is not supported", "This is not a chat model and thus not supported"]),
]  # fmt: skip
AWAY = [
    (500, "Internal Server Error"),
    (503, dump("Service Unavailable")),
    (524, "<html><title>524: A timeout occurred</title>Cloudflare</html>"),
    (502, "<html><center>nginx</center></html>"),
    (408, ""),
    (424, '{"error": "Request failed during generation: CUDA out of memory"}'),
    (499, ""),
    (504, dump("upstream request timeout")),
    (400, dump("The model has crashed without additional information. (Exit code: "
               "18446744072635812000)")),
    (400, dump("Failed to load model \"x\". Error: insufficient system resources")),
    (400, dump("CUDA error: an illegal memory access was encountered")),
    (400, dump("litellm.APIConnectionError: away")),
    (400, dump("InternalError.Algo: An internal error has occured during execution, please "
               "contact us.")),
]  # fmt: skip
FILTERED = [
    (400, dump("The response was filtered due to the prompt triggering Azure OpenAI's content "
               "management policy.", code="content_filter",
               innererror={"code": "ResponsibleAIPolicyViolation"})),
    (403, dump("Your chosen model requires moderation and your input was flagged")),
    (400, dump("Input data may contain inappropriate content.", code="data_inspection_failed")),
    (400, dump("The prompt could not be submitted. PROHIBITED_CONTENT")),
    (400, dump("Content Exists Risk")),
    (400, dump("input new_sensitive", code=1026)),
    (400, dump("The request failed because the input text may hold", code="SensitiveContentDetect"
               "ed")),
    (400, dump("litellm.ContentPolicyViolationError: refused")),
    (400, dump("Invalid prompt: your prompt was flagged as potentially violating our usage "
               "policy.", code="invalid_prompt")),
    (451, dump("The content you provided or machine outputted is blocked.",
               type="censorship_blocked")),
    (446, dump("The guardrail checks defined in the config failed.", type="hooks_failed")),
    (400, dump("系统检测到输入或生成内容可能包含不安全或敏感内容。", code="1301")),
    (400, dump("The request was rejected because it was considered high risk")),
    (400, dump("blocked output: this generation may be a potential violation of our terms of "
               "use")),
    (400, dump("The request was blocked", code="DataInspectionFailed")),
    (400, dump("Request blocked by content moderation")),
    (400, dump("Invalid prompt: we’ve limited access to this content for safety reasons.")),
    *((400, dump(words)) for words in [
        "content blocked", "This request has been flagged", "moderation_blocked", "unsafe content",
        "The content may violate our terms", "您的输入包含敏感词", "内容违规", "内容审核不通过"]),
]  # fmt: skip
BAD = [
    *[(400, dump("Invalid value")), (422, "{}"), (400, "")],
    (400, dump("`temperature` is deprecated for this model.")),
    (400, dump("Failed to download the image: request timed out")),
    (400, dump("max_tokens is too large: 50000. This model supports at most 16384")),
    *(
        (400, dump(words))
        for words in [
            "temperature exceeds maximum allowed value",
            "image exceeds maximum size of 5 MB",
            "Requested max_tokens exceeds the model output limit",
            "function name too long",
            "Invalid 'stop': array too long. Expected an array with maximum length 4",
        ]
    ),
]


@pytest.mark.parametrize(
    ("status", "words", "kind", "code"),
    [
        *((*case, ContextTooLong, "context_too_long") for case in TOO_LONG),
        *((*case, ModelBusy, "model_busy") for case in BUSY),
        *((*case, ModelRefused, "model_refused") for case in REFUSED),
        *((*case, ModelUnavailable, "model_unavailable") for case in AWAY),
        *((*case, BadRequest, "content_filtered") for case in FILTERED),
        *((*case, BadRequest, "model_bad_request") for case in BAD),
    ],
)
def test_a_refusal_means_what_its_words_say(
    status: int, words: str, kind: type[ModelError], code: str
) -> None:
    error = interpret(status, {}, words)
    assert (type(error), error.reason) == (kind, code)
    assert not words or words not in str(error)


def test_a_server_s_words_are_kept_for_the_administrator_alone() -> None:
    error = interpret(400, {}, dump("The secret is sk-123"))
    assert "sk-123" in error.upstream_text
    assert "sk-123" not in json.dumps([str(error), error.as_dict()])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7), ("1.2", 2), ("0", 0), ("-5", 0), ("6m0s", 360), ("1h2m", 3600),
        ("20m5s", 1205), ("120ms", 1), ("1.5s", 2), ("99999999", 3600), ("soon", None),
        ("", None), ("inf", None), ("nan", None),
        ("Mon, 32 Foo", None), (f"Mon, 01 Jan {'9' * 20} 00:00:00 +0000", None),
        (f"Mon, 01 Jan 2026 00:00:00 +{'9' * 30}", None),
    ],
)  # fmt: skip
def test_a_wait_has_many_forms(value: str, seconds: int | None) -> None:
    assert parse_retry_after(value) == seconds


@pytest.mark.parametrize("header", ["retry-after", "x-ratelimit-reset"])
@pytest.mark.parametrize("form", ["seconds", "milliseconds", "ISO"])
def test_a_wait_may_end_at_a_moment(header: str, form: str) -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)
    forms = {"seconds": f"{later.timestamp():.0f}", "ISO": later.isoformat()}
    forms["milliseconds"] = f"{later.timestamp() * 1000:.0f}"
    assert 80 <= (wait({header: forms[form]}, "") or 0) <= 91


def test_a_wait_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 <= (parse_retry_after(later) or 0) <= 91


@pytest.mark.parametrize(
    ("headers", "words", "seconds"),
    [
        ({"retry-after": "3", "x-ratelimit-reset-tokens": "6m0s"}, "", 3),
        ({"retry-after-ms": "1500"}, "", 2),
        ({"x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-tokens": "0"}, "", 360),
        ({"x-ratelimit-reset-requests": "17ms", "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-tokens": "900"}, "", 1),
        ({}, "Please try again in 7m12.5s. Visit the console", 433),
        ({}, '"retryDelay": "34s"', 34),
        ({}, "Please retry after 22 seconds.", 22),
        ({}, "Request was throttled. Expected available in 3 seconds.", 3),
        ({"x-ratelimit-reset-tokens": "2s"}, "Please wait before trying again", 2),
        ({}, "Try later", None),
        ({}, "try again in 2 days", 3600),
        ({}, "try again in 500 milliseconds", 1),
        ({}, "Please try again in about 1 minute 30 seconds.", 90),
        ({}, "Please retry after: 5", 5),
        ({}, '{"retry_after": 20}', 20),
        ({}, '{"retry_after_ms": 1500}', 2),
        ({}, "请在 20 秒后重试", 20),
        ({}, "Rate limit exceeded: free-models-per-day", 3600),
        ({"ratelimit-reset": "30"}, "", 30),
        ({"X-RateLimit-Reset-Tokens-Minute": "11.4",
          "X-RateLimit-Remaining-Tokens-Minute": "0"}, "", 12),
    ],
)  # fmt: skip
def test_how_long_to_wait_is_found_where_it_is_said(
    headers: dict[str, str], words: str, seconds: int | None
) -> None:
    assert wait(headers, words) == seconds
    assert interpret(429, headers, words).retry_after == seconds


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"message": "Provider disconnected", "code": 502}, "model_unavailable"),
        ({"message": "Provider disconnected", "code": "502"}, "model_unavailable"),
        ({"message": "slow down", "code": "rate_limit_exceeded"}, "model_busy"),
        ({"message": "x", "type": "overloaded_error"}, "model_busy"),
        ({"message": "no", "code": 400}, "model_bad_request"),
        ({"message": "something", "code": None}, "upstream_error"),
        ({"message": "something", "code": 10**30}, "upstream_error"),
        ("something", "upstream_error"),
        (["something"], "upstream_error"),
        (True, "upstream_error"),
    ],
)
def test_an_error_in_a_stream_means_the_same(error: Any, code: str) -> None:
    assert interpret_error(error).reason == code
