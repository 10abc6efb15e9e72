"""The words in which vendors refuse, by what they mean; in small letters, as reports quote them."""

import re


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words))


# Nobody has paid, or what was paid is used up: waiting does not help.
UNPAID = _any(
    "insufficient_quota",
    "insufficient[ _](?:account )?(?:credit|balance|funds)",
    "credit balance",
    "billing_(?:not_active|hard_limit)",
    "billing hard limit",
    "not active, please check your billing",
    "payment required",
    "requires more credits",
    "exceeded[ _](?:your[ _])?(?:current[ _])?quota",
    "insufficient_user_quota",
    "balance is insufficient",
    "quota (?:has been )?exhausted",
    "freetieronly",
    "budget[ _](?:has been )?exceeded",
    "exceeded ?budget",
    "(?:api usage|spending|monthly(?: usage)?|weekly(?: usage)?) limit",
    "monthly quota",
    "arrearage",
    "in good standing",
    # Zhipu, and gateways for several vendors.
    "余额不足",
    "额度不足",
    "欠费",
)
# ... but these tell when it does, as Gemini's free limits do in the same sentence.
PASSES = _any("retrydelay", "per[ _]?minute", "retry in [0-9]", "try again in [0-9]")
TOO_MANY = _any(
    "rate[ _-]?limit",
    "per[ _]minute",
    "per[ _]second",
    r"\b[tr]pm\b",
    "too many (?:concurrent )?requests",
    "please wait before trying again",
    "throttl",
    "resource_exhausted",
    "concurrency (?:limit|exceeded)",
    "(?:qps|daily|hourly) request limit",
    "过于频繁",
    "速率限制",
    "访问量过大",
    "负载已饱和",
)
OVERLOADED = _any(
    "overloaded", "at capacity", "capacity exceeded", "server (?:is )?busy", "queue is full"
)
# What a server says with 400 of a fault that is its own: LM Studio, LiteLLM, Alibaba.
AWAY = _any(
    "has crashed",
    "or crashed",
    "model (?:has been |has )?unloaded",
    "failed to load model",
    "out of memory",
    "cuda error",
    "is (?:currently|still) loading",
    "model is not ready",
    "upstream request failed",
    "^connection error",
    r"litellm\.(?:apiconnectionerror|internalservererror|serviceunavailableerror|timeout)",
    "internal error has occ?urr?ed",
)
# What an error in a stream says of a fault of its server's, where no status does.
FAULT = _any(
    r"service[ _]?(?:temporarily )?unavailable",
    '"unavailable"',
    "upstream (?:connect|error)",
    "bad gateway",
    "gateway time-?out",
    "connection (?:reset|refused|closed|aborted)",
)
KEY = _any(
    "invalid[ _](?:x-)?api[ _-]key",
    "incorrect api key",
    "api key (?:not valid|not found|expired|is missing)",
    "no auth credentials",
    "invalid authentication",
    "(?:organization|account) has been (?:disabled|restricted|suspended|deactivated)",
    "location is not supported",
    "not available in your (?:region|country)",
    "api_key_invalid",
    "authentication[ _](?:error|failed)",
    "unauthorized",
    "permission[ _]denied",
)
NO_MODEL = _any(
    "model_not_found",
    "model not found",
    "no such model",
    "unknown model",
    "invalid model",
    r"model[^.]{0,120}(?:does not exist|not found|is not available|is not a valid model)",
    "no models? loaded",
    "model[ _]not[ _]exist",
    "not a valid model",
    "decommissioned",
    "unable to access model",
    "model_not_supported",
    "deploymentnotfound",
    "model identifier is invalid",
    "id or arn of an inference profile",
    r"model[^.]{0,120}is no longer (?:available|supported)",
    "(?:unsupported|not supported) model",
    "model not supported",
    "not a supported model",
    "(?:no model named|could not find model)",
    "模型不存在",
)
TOO_LONG = _any(
    "context[ _]?(?:length|size|window|limit)",
    "maximum context",
    "exceed_context",
    "context the overflows",
    "context overflow",
    "(?:prompt|prompt tokens|input|inputs|messages?|message you submitted)"
    "(?: is| are| was| were)? too long",
    r"(?:prompt|input|request)(?: tokens?)?(?: length| count)?(?: of|:)?(?: \(?\d{1,12}\)?)?"
    "(?: tokens)? (?:exceeds|is greater than max)",
    "length of (?:the |all )?messages exceeds",
    "tokens in (?:the )?messages [^.]{0,20}does not exceed",
    "token limit exceeded",
    "(?:max_seq_len|model max length|input length limit|supported sequence length)",
    "allowed input length",
    "cannot truncate to",
    "超长",
    "长度超过",
    "input length should be",
    "max(?:imum)? (?:input|model|sequence|message|prompt) (?:length|tokens|characters)",
    "number of input tokens",
    "expected maxlength",
    "range of input length",
    "too large for model with",
    "input token count",
    "input tokens exceed",
    "model token limit",
    "maximum number of tokens",
    "too many (?:input )?tokens",
    "max_new_tokens. must be <=",
    "inputs. must have less than",
    "string_above_max_length",
    "reduce the length of",
    "request too large",
    "longer than the (?:maximum )?model",
)
FILTERED = _any(
    "content[ _]?filter",
    "content management policy",
    "content[ _]?policy",
    "content exists risk",
    "responsibleaipolicyviolation",
    "prohibited_content",
    "data_inspection_failed",
    "inappropriate content",
    "sensitive ?content",
    "new_sensitive",
    "usage (?:guidelines|polic)",
    "safety system",
    "requires moderation",
    "(?:content|by) moderation",
    "input was flagged",
    "datainspectionfailed",
    "censorship",
    "guardrail",
    "violation of our terms",
    "considered high risk",
    "sensitive information",
    "safety (?:filter|reason|polic)",
    "敏感内容",
)
