"""The kinds of servers that an administrator chooses from, and what is known of each."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OPENAI, ANTHROPIC = "openai", "anthropic"
# The server of `aiapp.embedded`, which is nobody's to enter.
OWN = "local"
OLLAMA = "ollama"


@dataclass(frozen=True, slots=True)
class Preset:
    """A vendor's service, or a program that people run themselves."""

    title: str
    # Where it is; of a program of one's own, where it is on this machine by itself.
    address: str
    # Whose protocol it speaks, by the folders of `aiapp.llm.providers`.
    vendor: str = OPENAI
    needs_key: bool = True
    # Where a key is made.
    key_page: str = ""
    # The part of the address that follows the host, where somebody gives the host alone.
    path: str = "/v1"
    hint: str | Promise = ""
    # A program that people run themselves listens here.
    port: int = 0
    # What its list names can be asked; Azure lists models, and asks for deployments.
    lists_models: bool = True

    @property
    def is_local(self) -> bool:
        return bool(self.port)


_AZURE = _(
    "The address of your resource, as in https://NAME.openai.azure.com. Enter the names of your"
    " deployments by hand afterwards: Azure does not list them."
)
_OLLAMA = _(
    "Ollama silently cuts off prompts longer than its own limit, 4,096 tokens by default. Start it"
    " with OLLAMA_CONTEXT_LENGTH=16384 or more."
)
_LM_STUDIO = _("Start its server on the Developer page and load a model there.")
_VLLM = _("Tools need --enable-auto-tool-choice and a tool parser when it is started.")
_LLAMA = _("Tools work only if llama-server was started with --jinja.")
_OTHER = _("Any server that speaks OpenAI's chat completions.")
_GEMINI = _("Google's address for programs that speak OpenAI's protocol.")

PRESETS: dict[str, Preset] = {
    "openai": Preset(
        "OpenAI", "https://api.openai.com/v1", key_page="https://platform.openai.com/api-keys"
    ),
    "anthropic": Preset(
        "Anthropic",
        "https://api.anthropic.com",
        ANTHROPIC,
        key_page="https://console.anthropic.com/settings/keys",
        path="",
    ),
    "azure": Preset(
        "Azure OpenAI",
        "",
        key_page="https://portal.azure.com",
        path="/openai/v1",
        hint=_AZURE,
        lists_models=False,
    ),
    "gemini": Preset(
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        key_page="https://aistudio.google.com/apikey",
        path="/v1beta/openai",
        hint=_GEMINI,
    ),
    "mistral": Preset(
        "Mistral", "https://api.mistral.ai/v1", key_page="https://console.mistral.ai/api-keys"
    ),
    "groq": Preset(
        "Groq",
        "https://api.groq.com/openai/v1",
        key_page="https://console.groq.com/keys",
        path="/openai/v1",
    ),
    "openrouter": Preset(
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        key_page="https://openrouter.ai/settings/keys",
        path="/api/v1",
    ),
    "deepseek": Preset(
        "DeepSeek", "https://api.deepseek.com/v1", key_page="https://platform.deepseek.com/api_keys"
    ),
    OLLAMA: Preset(
        "Ollama", "http://localhost:11434/v1", needs_key=False, hint=_OLLAMA, port=11434
    ),
    "lmstudio": Preset(
        "LM Studio", "http://localhost:1234/v1", needs_key=False, hint=_LM_STUDIO, port=1234
    ),
    "vllm": Preset("vLLM", "http://localhost:8000/v1", needs_key=False, hint=_VLLM, port=8000),
    "llamacpp": Preset(
        "llama.cpp", "http://localhost:8080/v1", needs_key=False, hint=_LLAMA, port=8080
    ),
    "other": Preset("OpenAI-compatible", "", needs_key=False, hint=_OTHER),
}
# With what nobody enters, since its place and its key are the installation's.
KINDS = PRESETS | {OWN: Preset("This site’s own server", "", OWN, needs_key=False)}
