"""The chart of deploy/, rendered: known to Kubernetes, and the twin of the compose file.

Each test of the second half is what charts of such sites are blamed for.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

import aiapp
from aiapp.concurrency.late import LateModule
from tests.processes.site import ROOT
from tests.releases.test_deployment_files import SERVICES, documented_settings

# It takes three seconds to import, in every worker, and one of them uses it.
kubernetes_validate = LateModule("kubernetes_validate")
CHART = ROOT / "deploy/chart"
# In C it takes an eighth of the time.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The oldest that the chart names, and the newest whose schemas there are.
VERSIONS = ("1.30", "1.37")
KEYS = ["SECRET_KEY", "DATABASE_PASSWORD", "REDIS_PASSWORD", "OPENAI_API_KEY", "METRICS_TOKEN"]
NEEDED = {
    "image": {"repository": "registry.example.org/aiapp"},
    "siteUrl": "https://chat.example.org",
    "secret": {"name": "aiapp", "keys": KEYS},
    "env": {
        "DATABASE_URL": "postgresql://aiapp@database.example.org:5432/aiapp",
        "REDIS_URL": "rediss://valkey.example.org:6379/0",
        "EMBEDDING_MODEL": "text-embedding-3-small",
        "FILES_BUCKET": "aiapp",
    },
    "networkPolicy": {"from": [{"namespaceSelector": {"matchLabels": {"name": "gateway"}}}]},
}
# As `chart/templates/checks.yaml` has it.
SECRET = r"_(PASSWORD|KEY|TOKEN|KEY_FALLBACKS)$"
PARTS = ("web", "worker", "ingest", "beat", "migrate")
# Whoever may be there several times.
MANY = ("web", "worker", "ingest")
VARIANTS = {
    "plain": {},
    "administrator": {"admin": {"username": "root", "email": "root@example.org"}},
    "claim": {"env": {"FILES_BUCKET": ""}, "files": {"newClaim": {"size": "50Gi"}}},
    "keda": {"autoscaling": {"by": "keda"}},
    "external": {"autoscaling": {"by": "external"}},
    "gateway": {"entry": {"kind": "HTTPRoute", "parentRefs": [{"name": "public"}]}},
    "by digest": {"image": {"digest": "sha256:" + "0" * 64}},
    "placed": {
        "imagePullSecrets": [{"name": "registry"}],
        "entry": {"className": "traefik", "tlsSecret": "chat-tls"},
        "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/a"}},
        "podAnnotations": {"prometheus.io/scrape": "true"},
        "podLabels": {"team": "chat"},
        "nodeSelector": {"kubernetes.io/arch": "amd64"},
        "tolerations": [{"key": "chat", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "priorityClassName": "high",
        "networkPolicy": {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
        "extraEnv": [
            {
                "name": "OTEL_EXPORTER_OTLP_HEADERS",
                "valueFrom": {"secretKeyRef": {"name": "otel", "key": "headers"}},
            }
        ],
        "extraVolumes": [{"name": "models", "configMap": {"name": "models"}}],
        "extraVolumeMounts": [{"name": "models", "mountPath": "/etc/aiapp"}],
        "extraManifests": [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "models"}}
        ],
    },
}
# Definitions of others, for which Kubernetes has no schema: tested by what they say.
FOREIGN = {"ScaledObject", "TriggerAuthentication", "HTTPRoute"}


def run_helm(*arguments, values):
    helm = os.environ.get("HELM") or Path(sys.executable).with_name("helm")
    return subprocess.run(
        [helm, *arguments, "--values", "-"],
        input=yaml.safe_dump(values),
        capture_output=True,
        text=True,
        check=False,
    )


def merge(values, more):
    both = {**values, **more}
    shared = (key for key in values if key in more and isinstance(values[key], dict))
    return both | {key: merge(values[key], more[key]) for key in shared}


@cache
def render_variant(variant):
    return render(VARIANTS[variant])


def render(more):
    made = run_helm("template", "chat", CHART, "--namespace", "ai", values=merge(NEEDED, more))
    assert made.returncode == 0, made.stderr
    return [manifest for manifest in yaml.load_all(made.stdout, LOADER) if manifest]


def refusal(more):
    made = run_helm("template", "chat", CHART, values=merge(NEEDED, more))
    assert made.returncode != 0
    return made.stderr


def of_kind(kind, variant="plain"):
    return {
        manifest["metadata"]["name"].removeprefix("chat-aiapp").removeprefix("-"): manifest
        for manifest in render_variant(variant)
        if manifest["kind"] == kind
    }


def pods(variant="plain"):
    """The pods' templates by their parts."""
    return {
        name: manifest["spec"]["template"]
        for kind in ("Deployment", "Job")
        for name, manifest in of_kind(kind, variant).items()
    }


def container(part, variant="plain"):
    (one,) = pods(variant)[part]["spec"]["containers"]
    return one


def environment(part, variant="plain"):
    return {each["name"]: each["value"] for each in container(part, variant)["env"]}


def command_of(service):
    command = service["command"]
    return shlex.split(command) if isinstance(command, str) else command


def seconds(text):
    return int(re.search(r"(\d+)s\}?$", text)[1])


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_knows_every_field(version):
    rendered = {
        json.dumps(manifest, sort_keys=True): manifest
        for variant in VARIANTS
        for manifest in render_variant(variant)
        if manifest["kind"] not in FOREIGN
    }
    kinds = {manifest["kind"] for manifest in rendered.values()}
    assert {"Deployment", "Job", "Ingress", "HorizontalPodAutoscaler", "NetworkPolicy"} <= kinds
    for manifest in rendered.values():
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_field_that_kubernetes_does_not_know_is_found():
    (wrong,) = of_kind("Service").values()
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**wrong, "sepc": {}}, VERSIONS[-1], strict=True)


def test_helm_has_nothing_to_say_against_the_chart():
    linted = run_helm("lint", "--strict", CHART, values=NEEDED)
    assert linted.returncode == 0, linted.stdout


def test_no_two_manifests_have_one_name():
    names = [(each["kind"], each["metadata"]["name"]) for each in render_variant("keda")]
    assert len(names) == len(set(names))


# -- The same as the compose file ------------------------------------------------------------------


def test_the_chart_is_the_releases():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["version"] == chart["appVersion"] == aiapp.__version__
    assert container("web")["image"] == f"registry.example.org/aiapp:{aiapp.__version__}"
    assert container("web", "by digest")["image"].endswith("aiapp@sha256:" + "0" * 64)


@pytest.mark.parametrize("part", ["worker", "ingest", "beat"])
def test_a_worker_is_started_as_in_the_compose_file(part):
    ours = [*container(part)["command"], *container(part)["args"]]
    assert sorted(ours) == sorted(command_of(SERVICES[part]))
    assert ours[:4] == command_of(SERVICES[part])[:4]


def test_the_web_server_is_started_as_the_image_says():
    assert "command" not in SERVICES["web"]
    assert not {"command", "args"} & set(container("web"))


def test_migrations_run_as_in_the_compose_file():
    def steps(script):
        return re.findall(r"python manage\.py .+", script)

    ours = steps(container("migrate", "administrator")["args"][-1])
    assert ours == steps(SERVICES["migrate"]["command"][-1])
    assert steps(container("migrate")["args"][-1]) == ours[:-1]


@pytest.mark.parametrize("part", PARTS)
def test_settings_are_those_of_the_compose_file(part):
    """Less what an external store makes needless, and what the image says itself."""
    secrets = {f"{key}_FILE": key for key in (*KEYS, "DJANGO_SUPERUSER_PASSWORD")}
    ours = {secrets.get(name, name) for name in environment(part, "administrator")}
    from_env_file = {*NEEDED["env"], *KEYS}
    theirs = {name for name, value in SERVICES[part]["environment"].items() if value}
    assert ours - from_env_file == theirs - from_env_file - {"DATA_DIR", "STATIC_ROOT"}
    for name in ("REMAP_SIGTERM", "HEARTBEAT_FILE"):
        assert environment(part).get(name) == SERVICES[part]["environment"].get(name)
    for name in ("TRUSTED_PROXIES", "REGISTRATION_OPEN", "INGEST_PER_USER"):
        assert f":-{environment(part)[name]}}}" in SERVICES[part]["environment"][name]


@pytest.mark.parametrize("part", ["worker", "ingest", "beat"])
def test_a_worker_is_asked_for_the_same_sign_of_life(part):
    _, check = SERVICES[part]["healthcheck"]["test"]
    for probe in ("startupProbe", "livenessProbe"):
        assert container(part)[probe]["exec"]["command"] == ["sh", "-c", check.replace("$$", "$")]


def test_a_web_server_begins_to_serve_as_in_the_compose_file():
    probe = container("web")["startupProbe"]
    assert f"GET {probe['httpGet']['path']} " in " ".join(SERVICES["web"]["healthcheck"]["test"])
    # As long as the compose file waits for a slow start.
    assert SERVICES["web"]["healthcheck"]["start_period"] == "5m"
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 300


@pytest.mark.parametrize("part", ["web", "worker", "ingest", "beat"])
def test_nobody_has_less_time_to_end_than_in_the_compose_file(part):
    leave = (
        container(part).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    )
    grace = pods()[part]["spec"]["terminationGracePeriodSeconds"] - leave
    assert grace >= seconds(SERVICES[part]["stop_grace_period"])


@pytest.mark.parametrize("part", PARTS)
def test_memory_is_bounded_as_in_the_compose_file(part):
    limit = container(part)["resources"]["limits"]["memory"]
    theirs = re.search(r"(\d+)([gm])", SERVICES[part]["mem_limit"])
    assert limit == theirs[1] + {"g": "Gi", "m": "Mi"}[theirs[2]]
    assert container(part)["resources"]["requests"].keys() == {"cpu", "memory"}


# -- What charts of such sites are blamed for ------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
def test_a_pod_can_do_little(part):
    spec = pods()[part]["spec"]
    assert spec["automountServiceAccountToken"] is spec["enableServiceLinks"] is False
    pod, own = spec["securityContext"], container(part)["securityContext"]
    user = re.search(r"^USER (\d+):\1$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert pod["runAsUser"] == pod["runAsGroup"] == pod["fsGroup"] == int(user[1])
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    }
    # Without a place to write nothing starts on a file system that is read only.
    mounts = {each["mountPath"] for each in container(part)["volumeMounts"]}
    assert mounts == {"/tmp", "/data", "/run/secrets/aiapp"}


@pytest.mark.parametrize("part", PARTS)
def test_secrets_are_files_that_only_who_needs_them_sees(part):
    given = environment(part, "administrator")
    assert not set(KEYS) & set(given)
    (volume,) = (
        v for v in pods("administrator")[part]["spec"]["volumes"] if v["name"] == "secrets"
    )
    assert volume["secret"]["secretName"] == "aiapp"
    keys = KEYS + (["DJANGO_SUPERUSER_PASSWORD"] if part == "migrate" else [])
    assert [item["key"] for item in volume["secret"]["items"]] == keys
    for key in keys:
        assert given[f"{key}_FILE"] == f"/run/secrets/aiapp/{key}"


def test_no_secret_stands_in_values():
    assert "OPENAI_API_KEY is a secret" in refusal({"env": {"OPENAI_API_KEY": "sk-1"}})
    address = {"DATABASE_URL": "postgresql://aiapp:hunter2@database/aiapp"}
    assert "holds a password" in refusal({"env": address})
    assert "holds a password" in refusal({"env": {"REDIS_URL": "redis://:hunter2@valkey/0"}})
    assert not any(each["kind"] == "Secret" for each in render_variant("keda"))


def test_migrations_wait_for_nothing_that_comes_after_them():
    """A hook that needs what the chart makes holds up the first install for ever."""
    (job,) = of_kind("Job").values()
    assert job["metadata"]["annotations"] == {
        "helm.sh/hook": "pre-install,pre-upgrade",
        # A job cannot be changed, and one that failed is to be looked at.
        "helm.sh/hook-delete-policy": "before-hook-creation",
    }
    for variant in VARIANTS:
        spec = pods(variant)["migrate"]["spec"]
        assert "serviceAccountName" not in spec
        made = {each["metadata"]["name"] for each in render_variant(variant)} - {"models"}
        said = yaml.safe_dump(spec["volumes"]) + yaml.safe_dump(spec["containers"][0]["env"])
        assert not any(re.search(rf"\b{name}\b", said) for name in made)
    assert job["spec"]["backoffLimit"] > 0
    assert job["spec"]["activeDeadlineSeconds"] >= 600


def test_there_is_one_scheduler_and_never_a_second():
    (scheduler,) = [name for name in pods() if "beat" in container(name).get("args", [])]
    beat = of_kind("Deployment", "keda")[scheduler]["spec"]
    assert (beat["replicas"], beat["strategy"]) == (1, {"type": "Recreate"})
    assert scheduler not in of_kind("ScaledObject", "keda")
    assert "'/beat'" in refusal({"beat": {"replicas": 2}})


def test_a_store_that_is_away_for_a_moment_takes_no_web_server_away():
    web = container("web")
    for probe in ("readinessProbe", "livenessProbe"):
        assert web[probe]["httpGet"]["path"] == "/health/live"
    life = web["livenessProbe"]
    assert life["periodSeconds"] * life["failureThreshold"] >= 60


@pytest.mark.parametrize("part", ["worker", "ingest", "beat"])
def test_a_worker_is_ended_for_a_hang_and_not_for_a_busy_node(part):
    """That it shows a sign of life while Valkey is away, a test of the worker says."""
    life = container(part)["livenessProbe"]
    assert 120 <= life["periodSeconds"] * life["failureThreshold"] <= 600
    assert "readinessProbe" not in container(part)


def test_an_upgrade_takes_nobody_away_before_another_is_there():
    for part in MANY:
        strategy = of_kind("Deployment")[part]["spec"]["strategy"]
        assert strategy["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": 0}
        for spread in pods()[part]["spec"]["topologySpreadConstraints"]:
            assert spread["matchLabelKeys"] == ["pod-template-hash"]
    # Proxies hear later than the pod that it is to end.
    assert container("web")["lifecycle"]["preStop"]["sleep"]["seconds"] >= 5


@pytest.mark.parametrize("part", MANY)
def test_a_node_can_always_be_drained(part):
    budget = of_kind("PodDisruptionBudget")[part]["spec"]
    assert budget["maxUnavailable"] == 1
    assert "minAvailable" not in budget
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert budget["selector"] == of_kind("Deployment")[part]["spec"]["selector"]


def test_what_selects_pods_outlives_releases_and_meets_the_right_ones():
    for name, deployment in of_kind("Deployment").items():
        wanted = deployment["spec"]["selector"]["matchLabels"]
        labels = {part: pod["metadata"]["labels"] for part, pod in pods().items()}
        assert [part for part in labels if wanted.items() <= labels[part].items()] == [name]
        assert not any("version" in key or "chart" in key for key in wanted)
    assert of_kind("Service")["web"]["spec"]["selector"]["app.kubernetes.io/component"] == "web"


def test_every_change_of_a_setting_replaces_the_pods():
    other = render({"env": {"CHAT_MODEL": "gpt-4o"}})
    before, after = (
        pods(),
        {
            manifest["metadata"]["name"].removeprefix("chat-aiapp-"): manifest["spec"]["template"]
            for manifest in other
            if manifest["kind"] in ("Deployment", "Job")
        },
    )
    assert all(before[part] != after[part] for part in PARTS)
    assert not any(manifest["kind"] == "ConfigMap" for manifest in other)


def test_a_number_is_no_setting_since_yaml_writes_large_ones_otherwise():
    assert "want string" in refusal({"env": {"TOOL_TOKENS": 2_000_000}})


def test_every_documented_setting_that_is_no_secret_gets_through():
    decided = {"DATA_DIR", "STATIC_ROOT", "HEARTBEAT_FILE", "SITE_URL", "TRUSTED_PROXIES"}
    secret = {name for name in documented_settings() if re.search(SECRET, name)}
    given = dict.fromkeys(documented_settings() - secret - decided - set(NEEDED["env"]), "1")
    (web,) = (
        m
        for m in render({"env": given})
        if m["kind"] == "Deployment" and m["metadata"]["name"].endswith("-web")
    )
    got = {each["name"] for each in web["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert set(given) <= got
    assert "SECRET_KEY" in secret
    assert len(given) > 80


@pytest.mark.parametrize("by", ["keda", "external"])
def test_whoever_scales_is_the_only_one_who_says_how_many(by):
    kind = {"keda": "ScaledObject", "external": "HorizontalPodAutoscaler"}[by]
    assert set(of_kind(kind, by)) == set(MANY)
    for part in MANY:
        assert "replicas" not in of_kind("Deployment", by)[part]["spec"]
        assert of_kind("Deployment")[part]["spec"]["replicas"] >= 1
        target = of_kind(kind, by)[part]["spec"]["scaleTargetRef"]
        assert target["name"] == f"chat-aiapp-{part}"


def test_pods_are_taken_away_slowly_and_never_for_want_of_figures():
    for scaled in of_kind("ScaledObject", "keda").values():
        down = scaled["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
        # As long as an answer may take.
        assert down["stabilizationWindowSeconds"] >= 600
        assert down["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 120}]
        assert scaled["spec"]["minReplicaCount"] >= 1
        assert scaled["spec"]["fallback"]["behavior"] == "currentReplicasIfHigher"


@pytest.mark.django_db
def test_keda_asks_for_figures_that_the_site_tells(client, settings):
    settings.METRICS_TOKEN = "a-token-for-the-test"
    told = client.get("/metrics", headers={"Authorization": "Bearer a-token-for-the-test"})
    lines = told.content.decode().splitlines()
    for part, scaled in of_kind("ScaledObject", "keda").items():
        names = [trigger["name"] for trigger in scaled["spec"]["triggers"]]
        assert scaled["spec"]["advanced"]["scalingModifiers"]["formula"] == " + ".join(names)
        for trigger in scaled["spec"]["triggers"]:
            asked = trigger["metadata"]
            assert any(line.startswith(f"{asked['valueLocation']} ") for line in lines), part
            assert asked["url"] == "http://chat-aiapp-web.ai.svc:8000/metrics"
            assert (asked["format"], asked["authMode"]) == ("prometheus", "bearer")
    (token,) = of_kind("TriggerAuthentication", "keda")["metrics"]["spec"]["secretTargetRef"]
    assert token == {"parameter": "token", "name": "aiapp", "key": "METRICS_TOKEN"}


def test_only_the_proxy_reaches_web_and_nobody_the_others():
    policies = of_kind("NetworkPolicy")
    assert set(policies) == set(PARTS)
    for part, policy in policies.items():
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
        let_in = policy["spec"]["ingress"]
        assert [rule["from"] for rule in let_in] == (
            [NEEDED["networkPolicy"]["from"]] if part == "web" else []
        )


@pytest.mark.parametrize("variant", ["plain", "placed"])
def test_names_are_looked_up_whatever_else_is_closed(variant):
    for policy in of_kind("NetworkPolicy", variant).values():
        ports = policy["spec"]["egress"][0]
        assert ports == {"ports": [{"port": 53, "protocol": p} for p in ("UDP", "TCP")]}
        said = yaml.safe_dump(policy["spec"]["egress"][1:])
        assert ("169.254.0.0/16" in said) == (variant == "plain")


def test_streams_sockets_and_large_files_pass_the_ingress():
    (ingress,) = of_kind("Ingress").values()
    said = {
        name.removeprefix("nginx.ingress.kubernetes.io/"): value
        for name, value in ingress["metadata"]["annotations"].items()
    }
    assert said["proxy-buffering"] == said["proxy-request-buffering"] == "off"
    assert int(said["proxy-read-timeout"]) > 600
    assert said["proxy-body-size"] == "0"
    (route,) = of_kind("HTTPRoute", "gateway").values()
    assert route["spec"]["rules"][0]["timeouts"] == {"request": "0s", "backendRequest": "0s"}
    assert (
        route["spec"]["hostnames"] == [ingress["spec"]["rules"][0]["host"]] == ["chat.example.org"]
    )


def test_files_are_shared_by_all_who_read_or_write_them():
    (claim,) = of_kind("PersistentVolumeClaim", "claim").values()
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    for part in PARTS:
        volumes = {v["name"]: v for v in pods("claim")[part]["spec"]["volumes"]}
        shared = "persistentVolumeClaim" in volumes["data"]
        assert shared == (part in MANY)
    assert "emptyDir" in {v["name"]: v for v in pods()["web"]["spec"]["volumes"]}["data"]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"image": {"repository": ""}}, "image.repository"),
        ({"siteUrl": ""}, "siteUrl"),
        ({"secret": {"name": ""}}, "secret.name"),
        ({"env": {"DATABASE_URL": ""}}, "env.DATABASE_URL"),
        ({"env": {"REDIS_URL": ""}}, "env.REDIS_URL"),
        ({"env": {"EMBEDDING_MODEL": ""}}, "env.EMBEDDING_MODEL"),
        ({"secret": {"keys": KEYS[:3]}}, "where EMBEDDING_MODEL is asked"),
        ({"secret": {"keys": KEYS[1:]}}, "lacks SECRET_KEY"),
        ({"env": {"FILES_BUCKET": ""}}, "where files lie"),
        ({"files": {"existingClaim": "files"}}, "not in both"),
        ({"networkPolicy": {"from": []}}, "networkPolicy.from"),
        ({"entry": {"kind": "HTTPRoute"}}, "entry.parentRefs"),
        ({"env": {"DRAIN_SECONDS": "60"}}, "web.graceSeconds"),
        ({"env": {"DATA_DIR": "/tmp"}}, "not yours to set"),
        ({"secret": {"keys": [*KEYS, "DJANGO_SUPERUSER_PASSWORD"]}}, "admin.username"),
        ({"autoscaling": {"by": "keda"}, "secret": {"keys": KEYS[:4]}}, "METRICS_TOKEN"),
        ({"replicaCount": 3}, "'replicaCount' not allowed"),
    ],
)
def test_what_is_missing_or_wrong_is_said_before_anything_is_installed(missing, said):
    assert said in refusal(missing)


def test_chat_models_may_be_connected_later():
    embeds = {"EMBEDDING_BASE_URL": "https://models.example/v1"}
    assert render({"secret": {"keys": KEYS[:3]}, "env": embeds})


def test_the_example_of_the_docs_can_be_installed():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"<!-- values -->\n```yaml\n(.+?)```", text, re.DOTALL)
    made = run_helm("template", "chat", CHART, values=yaml.safe_load(example))
    assert made.returncode == 0, made.stderr
