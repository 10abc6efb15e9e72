"""Texts that come as the ids of their tokens.

Clients of OpenAI's embeddings cut long texts by tokens and send these. Which vocabulary they are
of is not said: it is the one that OpenAI's library takes for the model's name, and for a name that
it does not know, the one of OpenAI's embedding models.
"""

from collections.abc import Sequence

import tiktoken
from tiktoken.model import encoding_name_for_model

from aiapp.errors import InvalidInput
from aiapp.llm.tokens import VOCABULARIES, vocabulary

USUAL = "cl100k_base"


def decode(ids: Sequence[int], model: str) -> str:
    """Return the text. Raises InvalidInput for ids that are none, or without a vocabulary."""
    try:
        name = encoding_name_for_model(model)
    except KeyError:
        name = USUAL
    if name not in VOCABULARIES or vocabulary(name) is None:
        raise InvalidInput(
            "Tokens cannot be read here, for this server has no vocabulary of them. Send texts; in"
            " LangChain set check_embedding_ctx_length=False.",
            code="no_vocabulary",
        )
    try:
        raw = tiktoken.get_encoding(name).decode_bytes(ids)
    except (KeyError, OverflowError) as error:
        raise InvalidInput("The input has tokens that do not exist.", code="bad_token") from error
    # A long text may be cut in the middle of a character.
    return raw.decode("utf-8", "ignore")
