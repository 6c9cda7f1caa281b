"""What vendors, clouds and gateways wrap around a model's name, and which wrappings change its price.

Only whole, known wrappings come off. Some say something about the price, which is kept as a caution; some mean that the
price is another one altogether, and then the name is refused with the reason.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

PASS_THROUGH = ("openai", "anthropic", "google", "x-ai")
"""Vendors whose models no one else serves: gateways charge the vendor's price for their tokens."""

OWN_PRICES = (
    "openrouter", "groq", "together_ai", "together", "togetherai", "fireworks_ai", "fireworks", "deepinfra", "cerebras",
    "sambanova", "novita", "nebius", "hyperbolic", "replicate", "huggingface", "baseten", "friendliai", "lambda_ai",
    "featherless_ai", "nscale", "nvidia_nim", "databricks", "watsonx", "snowflake", "sagemaker", "github_copilot",
    "ollama", "ollama_chat", "vllm", "hosted_vllm", "lm_studio", "llamafile", "xinference",
)  # fmt: skip
"""Providers, as logs name them, that set their own prices: a model there is not the vendor's of the same name."""

AT_HOME: dict[str, tuple[str, ...]] = {
    "azure": ("openai",),
    "azure_ai": ("openai",),
    "bedrock": ("anthropic", "aws"),
    "vertex_ai": ("google", "anthropic"),
    "vertex": ("google", "anthropic"),
    "google-vertex": ("google", "anthropic"),
    "models": ("google",),
    "gemini": ("google",),
    "google-gla": ("google",),
    "google_genai": ("google",),
    "google_ai_studio": ("google",),
    "google_vertexai": ("google", "anthropic"),
    "mistralai": ("mistral",),
    "xai": ("x-ai",),
    "moonshot": ("moonshotai",),
    "z-ai": ("zai",),
}
"""Prefix -> the vendors whose list price holds behind it, where that is not the vendor of the same name."""

_GATEWAYS = "litellm_proxy|vercel_ai_gateway|vercel"
_CLOUDS = (
    "bedrock(?:/converse|/invoke|/converse_like)?(?:/(?:us|eu|ap|ca|sa|me|af|il|us-gov)-[a-z]+-[0-9])?"
    "|vertex_ai_beta|vertex_ai|google-vertex|google_vertexai|vertex|azure_ai|azure"
)
_VENDORS = (
    "anthropic|openai|google|google-gla|google_genai|google_ai_studio|gemini|deepseek|mistralai|mistral|xai|x-ai"
    "|moonshotai|moonshot|zai|z-ai|minimax|meta|models"
)
_PREFIX = re.compile(
    rf"(?P<who>{_GATEWAYS}|{_CLOUDS}|{_VENDORS})(?:/|:(?:(?:chat|completion|responses|messages|text):)?)"
)
_ROUTE = re.compile(r"(?:responses|chat|global|global-standard|global_standard|us|eu)/")
_OPENROUTER = re.compile(r"openrouter[/:](?=(?P<vendor>[a-z0-9.-]+)/)")
_VERTEX = re.compile(
    r"(?:projects/[^/]+/locations/(?P<place>[^/]+)/)?publishers/(?P<who>google|anthropic|mistralai|meta|openai)/models/"
)
_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:[a-z0-9-]*:[0-9]*:(?:foundation-model|inference-profile)/")
_BEDROCK = re.compile(
    r"(?:(?P<place>us|eu|apac|jp|au|ca|us-gov|global)\.)?"
    r"(?P<who>anthropic|openai|deepseek|google|mistral|meta|moonshotai|moonshot|minimax|zai|qwen)\."
)
_VERSION = re.compile(r"-v1$|-v[0-9]+:[0-9]+$")
_DATE = re.compile(r"[-@](20[0-9]{2})(-?)(0[1-9]|1[0-2])\2(0[1-9]|[12][0-9]|3[01])$")
_DEFAULT = re.compile(r"@default$|\[1m\]$")
_VARIANT = re.compile(r":(thinking|beta|online)$")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a name must not be taken for the model that may stand inside it, and what to do instead.

    `of_host`: its host sets prices of its own, so the prefix must stay on; the rest may still come off.
    """

    reason: str
    fix: str
    of_host: bool = False


_PRICE = "add it with its own price to a card and pass that with --rates"
_SAY = "say what it stands for under deployments in routecli.yaml"
_TUNED = Refusal("a fine-tuned model has a price of its own", _PRICE)
_OPAQUE = Refusal("the name does not say which model it is", _SAY)
_REFUSED: tuple[tuple[re.Pattern[str], Refusal], ...] = (
    (re.compile(r"(?:^|[/:])ft:|\.ft-[0-9a-z]+|(?:^|/)tunedmodels/"), _TUNED),
    (
        re.compile(r":(?:free|nitro|floor|extended|exacto)$"),
        Refusal("its suffix picks a host, and so a price, of its own", _PRICE),
    ),
    (
        re.compile(r":batch$"),
        Refusal("batch has a price of its own", "log it in service_tier or is_batch, not in the model's name"),
    ),
    (re.compile(r"arn:aws[a-z-]*:bedrock:[^/]*:(?:custom-model|imported-model|custom-model-deployment)/"), _TUNED),
    (re.compile(r"arn:aws[a-z-]*:(?:bedrock|sagemaker):"), _OPAQUE),
    (re.compile(r"projects/[^/]+/locations/[^/]+/(?:endpoints|models)/"), _OPAQUE),
    (re.compile(r"/[0-9]+-month-commitment/"), Refusal("provisioned throughput is not paid by the token", _PRICE)),
    (
        re.compile(r"^(?:openrouter/)?(?:openrouter/auto|~|auto$)"),
        Refusal("a router chose the model, and the name does not say which", "log the model that answered"),
    ),
)


@dataclass(frozen=True, slots=True)
class Form:
    """A name with some wrappings off.

    `cautions` say of a card id what the wrappings mean for its price. `through` is the prefix that says who served it,
    and `vendors` are those whose list price holds there.
    """

    text: str
    cautions: tuple[Callable[[str], str], ...] = ()
    through: str = ""
    vendors: tuple[str, ...] = ()

    def caution(self, id: str, provider: str) -> str:
        """What a reader should know before trusting the list price of the card id that this form names."""
        said = [text for caution in self.cautions if (text := caution(id))]
        if self.through and provider not in self.vendors and not said:
            said = [f"it was served through {self.through}; this is {id}'s list price at {provider}"]
        return "; ".join(dict.fromkeys(said))


def refusal(name: str) -> Refusal | None:
    """Why a lower-case name must not be taken for the model inside it; None where nothing is against that."""
    if _ARN.search(name):
        name = _ARN.sub("", name)
    for pattern, refused in _REFUSED:
        if pattern.search(name):
            return refused
    host = re.split("[/:]", name, maxsplit=1)[0]
    if host == name or host not in OWN_PRICES:
        return None
    if host != "openrouter":
        return Refusal(f"{host} sets its own prices", _PRICE, of_host=True)
    found = _OPENROUTER.match(name)
    if found is not None and found["vendor"] in PASS_THROUGH:
        return None
    return Refusal("OpenRouter lets many hosts serve it, each at its own price", _PRICE, of_host=True)


def unwrapped(name: str) -> Iterator[Form]:
    """The forms of a lower-case name without vendor prefix, version and date, the least unwrapped first.

    >>> [form.text for form in unwrapped("bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0")][-1]
    'claude-haiku-4-5'
    >>> [form.text for form in unwrapped("gpt-5.5-pro")]
    []
    """
    refused = refusal(name)
    if refused is not None and not refused.of_host:
        return
    form: Form | None = Form(name)
    while form is not None:
        if form.text != name:
            yield form
        yield from _shortened(form)
        form = None if refused is not None else _peeled(form)


def behind_prefixes(name: str) -> Iterator[str]:
    """A lower-case name without its prefixes, whatever it is: a user's own name for a model may stand behind them."""
    form: Form | None = Form(name)
    while form is not None and (form := _peeled(form)) is not None:
        yield form.text


def _peeled(form: Form) -> Form | None:
    """The form without its outermost prefix; None where it has none."""
    text = form.text
    if found := _ARN.match(text):
        return replace(form, text=text[found.end() :])
    if found := _VERTEX.match(text):
        place, who = found["place"], found["who"]
        regional = who == "anthropic" and place not in (None, "global")
        cautions = (*form.cautions, _regional(f"'{place}'")) if regional else form.cautions
        return Form(text[found.end() :], cautions, who, AT_HOME.get(who, (who,)))
    if found := _OPENROUTER.match(text):
        return Form(text[found.end() :], (*form.cautions, _openrouter))
    if found := _PREFIX.match(text):
        return _behind(form, found)
    if found := _BEDROCK.match(text):
        place, who = found["place"], found["who"]
        cautions = form.cautions
        if place not in (None, "global"):
            cautions = (*cautions, _regional(f"'{place}.'"))
        elif place is None and who == "anthropic":
            cautions = (*cautions, _regional("a Bedrock id without 'global.'"))
        return Form(text[found.end() :], cautions, "Bedrock", ("anthropic", "aws") if who == "anthropic" else ("aws",))
    return None


def _behind(form: Form, found: re.Match[str]) -> Form:
    who, rest = found["who"].partition("/")[0].replace("_beta", ""), form.text[found.end() :]
    through = "" if re.fullmatch(_GATEWAYS, who) else who
    cautions = form.cautions
    if (route := _ROUTE.match(rest)) and who in ("openai", "azure"):
        rest = rest[route.end() :]
        if route[0] in ("us/", "eu/"):
            cautions = (*cautions, _regional(f"'{route[0]}'"))
    return Form(rest, cautions, through, AT_HOME.get(who, (who,)))


def _shortened(form: Form) -> Iterator[Form]:
    """The form without its suffixes, one after the other."""
    if found := _VARIANT.search(form.text):
        cautions = (*form.cautions, _variant(found[0]))
        form = replace(form, text=form.text[: found.start()], cautions=cautions)
        yield form
    for suffix in (_DEFAULT, _VERSION, _DATE):
        bare = suffix.sub("", form.text)
        if bare != form.text:
            form = replace(form, text=bare)
            yield form


def _regional(what: str) -> Callable[[str], str]:
    def said(id: str) -> str:
        # The card's own regional models have the price already.
        if "anthropic." in id:
            return ""
        return f"{what} is regional, which vendors charge about 10 % more for than {id}'s list price"

    return said


def _openrouter(id: str) -> str:
    return f"OpenRouter adds its fee; this is {id}'s list price at its vendor"


def _variant(suffix: str) -> Callable[[str], str]:
    what = {
        ":online": "its web searches are billed besides",
        ":thinking": "a variant with its own settings",
        ":beta": "a variant with its own settings",
    }[suffix]
    return lambda id: f"'{suffix}': {what}; this is {id}'s list price"
