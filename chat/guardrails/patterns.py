"""The marks of texts that want to steer a model, each with how much it says by itself (0 to 1).

They are matched against `plain` text: small letters, one line. Every repetition is bounded, so
that no text makes them slow.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    name: str
    weight: float
    expression: re.Pattern[str]


_RULES = r"(?:instruction|prompt|rule|directive|guideline|command|order|programming|constraint)s?"
_MACHINE = r"(?:ai|assistant|chatbot|language model|llm|chatgpt|gpt|claude|gemini|agent|bot)"
_ADDRESS = r"(?:https?://|www\.|[\w.+-]{1,60}@[\w-]{1,60}\.)"

_ALL = (
    (
        "overrides",
        0.7,
        r"\b(?:ignor\w{1,4}|disregard\w{0,3}|forget\w{0,4}|bypass\w{0,3}|overrid\w{1,4}|overrul\w{1,3}"
        r"|(?:do not|don't|stop) (?:follow|obey)\w{0,3}|neglect)\b[^.!?]{0,40}"
        r"\b(?:previous|prior|above|earlier|preceding|former|foregoing|initial|original|system"
        r"|your|these|those|all|any|every)\b[^.!?]{0,25}\b" + _RULES,
    ),
    (
        "overrides",
        0.6,
        r"\b(?:ignore|disregard|forget) (?:everything|all|anything|what(?:ever)?)\b[^.!?]{0,30}"
        r"\b(?:above|before|previous\w{0,10}|prior|said|told|earlier)\b",
    ),
    (
        "overrides",
        0.7,
        r"(?:이전|앞선|앞의|위의|기존|지금까지|모든)[^.!?]{0,20}(?:지시|지침|명령|프롬프트|규칙)"
        r"[^.!?]{0,12}(?:무시|잊|따르지)",
    ),
    (
        "overrides",
        0.7,
        r"(?:ignor\w{0,4}|olvid\w{1,4}|oubli\w{1,4}|vergiss|vergessen|esque[cç]\w{1,3}|dimentic\w{1,4}"
        r"|missacht\w{1,3}|zapomnij)[^.!?]{0,40}(?:instruc\w{2,8}|anweisung\w{0,3}|consignes"
        r"|istruzion\w|regeln|r[eè]gles|reglas|regras|polece\w{1,4})",
    ),
    (
        "overrides",
        0.7,
        r"(?:忽略|无视|無視|忘记|忘記|忘れ)[^。!?]{0,20}"
        r"(?:指令|指示|提示|规则|規則|命令)",
    ),
    (
        "overrides",
        0.7,
        r"(?:以前|前|上記|これまで)の[^。!?]{0,10}"
        r"(?:指示|命令|ルール)[^。!?]{0,6}(?:無視|忘れ)",
    ),
    (
        "overrides",
        0.7,
        r"(?:игнорир\w{1,6}|забуд\w{1,4})[^.!?]{0,40}"
        r"(?:инструкц\w{1,4}|указани\w{1,3})",
    ),
    (
        "asks_for_the_prompt",
        0.6,
        r"\b(?:reveal|show|print|repeat|output|display|disclose|tell me|give me|write (?:out|down)"
        r"|leak|expose|recite|translate|summari[sz]e|what (?:is|are|was|were))\b[^.!?]{0,40}"
        r"\b(?:system (?:prompt|message)|(?:initial|hidden|secret|original|developer|above|your"
        r"|full|entire) (?:system )?(?:prompt|instructions|directives)|(?:words|text) above)\b",
    ),
    (
        "asks_for_the_prompt",
        0.6,
        r"(?:시스템 ?프롬프트|초기 ?지시|숨겨진 ?지시)[^.!?]{0,15}"
        r"(?:보여|출력|알려|공개|말해)",
    ),
    (
        "takes_a_role_without_rules",
        0.6,
        r"\b(?:you are|you're|enter|switch to|activate)\b[^.!?]{0,15}"
        r"\b(?:developer|debug|maintenance|root) mode\b"
        r"|\b(?:god|dan|jailbreak\w{0,3}|sudo|unrestricted) mode\b"
        r"|\bdo anything now\b|\bjailbroken\b"
        r"|\bwithout (?:any )?(?:restriction|limitation|filter|censorship|moral|ethical)\w{0,10}\b"
        r"|\byou (?:are|were) (?:no longer|not) bound by\b"
        r"|\bfree(?:d)? (?:from|of) (?:all|any|your|the)"
        r"[^.!?]{0,20}(?:rule|restriction|limit|polic|guideline)\w{0,5}",
    ),
    (
        "gives_new_orders",
        0.6,
        r"\b(?:your (?:new|updated|real|actual|true|next) (?:task|goal)"
        r"|new (?:instruction|order|objective)s?)"
        r"(?: (?:is|are))? ?:|\bnew instructions?\b[^.!?]{0,30}\b(?:follow|below|from now)\b"
        r"|\bimportant\W{0,4}(?:message|instructions?|note) (?:from|for|to) (?:me|you|the (?:user|"
        r"system|model)|" + _MACHINE + r")\b|\bsystem (?:note|override|alert|update|command)\s?:"
        r"|\bfrom now on,? (?:you|answer|respond|act|ignore|speak|reply)\b",
    ),
    (
        "speaks_to_the_model",
        0.5,
        r"\b(?:note|message|attention|notice|instructions?|hint)\W{1,3}(?:to|for) "
        r"(?:any |the |all )?" + _MACHINE + r"\b|\bif you are an? (?:" + _MACHINE + r")\b"
        r"|\b(?:dear|hey|hello) " + _MACHINE + r"\b[^.!?]{0,40}\b(?:must|should|please|need)\b"
        r"|\bas an? " + _MACHINE + r",? you (?:must|should|are required)\b",
    ),
    (
        "comes_before_the_task",
        0.6,
        r"\b(?:before|prior to|instead of) (?:you )?(?:can )?(?:answer|respond|solv|complet|do|"
        r"continu|proceed|summari[sz])\w{0,3}[^.!?]{0,60}\b(?:you must|please (?:do|first)|first"
        r"|do the following|make sure to)\b",
    ),
    (
        "forges_marks",
        0.6,
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>"
        r"|\[/?inst\]|<</?sys>>|</?(?:passages|result|instructions)\b[^>]{0,40}>"
        r"|#{2,4} ?(?:system|instruction|new instruction)s?\b|\bbegin (?:system )?instructions\b",
    ),
    (
        "wants_secrecy",
        0.5,
        r"\b(?:do not|don't|never|without) (?:tell|inform|mention|alert|notify|show|warn)\w{0,4}"
        r"[^.!?]{0,25}\bthe user\b|\bwithout the user(?:'s)? (?:knowing|knowledge|consent)",
    ),
    (
        "carries_out",
        0.6,
        r"!\[[^\]]{0,200}\]\( ?<?https?://[^)\s]{1,300}[?=&{]"
        r"|\b(?:send|post|forward|upload|exfiltrate|e-?mail|transmit|submit)\b[^.!?]{0,60}"
        r"\b(?:conversation|chat|history|password|secret|api key|credential|token|personal data"
        r"|private|contents?|document)s?\b[^.!?]{0,60}\b(?:to|at) " + _ADDRESS,
    ),
)  # fmt: skip

PATTERNS = tuple(Pattern(name, weight, re.compile(text)) for name, weight, text in _ALL)
