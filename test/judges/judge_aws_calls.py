"""Holds recorded exchanges with AWS (record-exchanges.mjs) against the service models that AWS publishes with botocore.

Reads JSON lines from the standard input. Requests are judged strictly: an operation that exists, no unknown member, every required one, each
of the right type, length, range and pattern. Of answers, every member that is there has to exist, with the right type, and an error has to be
one that the operation (or every AWS service) may answer with. Writes {"judged": {operation: {"requests", "answers"}}, "problems": [...]}.
"""

import base64
import json
import re
import sys
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

import botocore.session

# By the name in the signature; SES signs as `ses`, Step Functions as `states`, CloudWatch as `monitoring`.
MODEL_OF = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch", "ses": "sesv2", "states": "stepfunctions"}

# What any service may answer: https://docs.aws.amazon.com/general/latest/gr/CommonErrors (and throttling and serialization besides).
COMMON_ERRORS = {
    "AccessDenied", "AccessDeniedException", "ExpiredTokenException", "IncompleteSignature", "InternalFailure", "InternalError",
    "InternalServerError", "InternalServiceError", "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationTokenException",
    "NotAuthorized", "OptInRequired", "RequestExpired", "SerializationException", "ServiceUnavailable", "ServiceUnavailableException",
    "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException", "UnrecognizedClientException", "UnknownOperationException",
    "ValidationError", "ValidationException",
}
# S3's model names few of its errors; these are in its list of error codes.
S3_ERRORS = {"NoSuchKey", "NoSuchBucket", "PreconditionFailed", "AccessDenied", "InvalidRequest", "MethodNotAllowed", "BadDigest"}

session = botocore.session.get_session()
models = {}


def model_of(service):
    if service not in models:
        model = session.get_service_model(MODEL_OF.get(service, service))
        # CloudWatch speaks several protocols; the client library for JavaScript chooses this one.
        if model.metadata["protocol"] == "smithy-rpc-v2-cbor" and "json" in model.metadata.get("protocols", []):
            model.metadata["protocol"] = "json"
        models[service] = model
    return models[service]


# --- what was asked -------------------------------------------------------------------------------------------------------------------------


def operation_of(model, exchange):
    """The operation that a request is, and what of its path and query are parameters."""
    protocol = model.metadata["protocol"]
    if protocol == "json":
        prefix, _, name = exchange["headers"].get("x-amz-target", "").partition(".")
        if prefix != model.metadata["targetPrefix"] or name not in model.operation_names:
            raise ValueError(f"no operation has the target {prefix}.{name}")
        return model.operation_model(name), {}
    if protocol == "query":
        name = dict(parse_qsl(body_of(exchange).decode())).get("Action", "")
        if name not in model.operation_names:
            raise ValueError(f"there is no operation {name}")
        return model.operation_model(name), {}
    found = []
    asked = urlsplit(exchange["path"])
    query = parse_qs(asked.query, keep_blank_values=True)
    for name in model.operation_names:
        operation = model.operation_model(name)
        template = urlsplit(operation.http["requestUri"])
        if operation.http["method"] != exchange["method"]:
            continue
        fixed = parse_qs(template.query, keep_blank_values=True)
        if any(query.get(key) != values for key, values in fixed.items()):
            continue
        path = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template.path))
        path = re.sub(r"\\{(\w+)\\\+\\}", r"(?P<\1>.+)", path)
        match = re.fullmatch(path + "/?", asked.path)
        if match is None:
            continue
        members = operation.input_shape.members if operation.input_shape else {}
        required = operation.input_shape.required_members if operation.input_shape else []
        # Of several with the same path (S3's), the one whose required query parameters and headers are there.
        needed = [members[one] for one in required if members[one].serialization.get("location") in ("querystring", "header")]
        there = [
            one
            for one in needed
            if one.serialization["name"] in query or one.serialization["name"].lower() in exchange["headers"]
        ]
        if len(there) == len(needed):
            found.append((len(fixed), len(needed), len(template.path), operation, match.groupdict()))
    if not found:
        raise ValueError(f"no operation is {exchange['method']} {exchange['path']}")
    *_, operation, labels = max(found, key=lambda one: one[:3])
    return operation, {key: unquote(value) for key, value in labels.items()}


def body_of(exchange):
    return base64.b64decode(exchange["body"])


def asked_of(operation, labels, exchange):
    """The parameters of a request, as the model names them; what belongs to no parameter is a problem."""
    problems = []
    shape = operation.input_shape
    protocol = operation.service_model.metadata["protocol"]
    if protocol == "json":
        return json.loads(body_of(exchange) or b"{}"), problems
    if protocol == "query":
        return from_query(shape, dict(parse_qsl(body_of(exchange).decode(), keep_blank_values=True)), problems), problems
    values = {}
    members = shape.members if shape else {}
    query = parse_qs(urlsplit(exchange["path"]).query, keep_blank_values=True)
    known = set(parse_qs(urlsplit(operation.http["requestUri"]).query, keep_blank_values=True)) | {"x-id"}
    for name, member in members.items():
        location = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if location == "uri" and wire in labels:
            values[name] = from_text(member, labels[wire])
        elif location == "querystring" and wire in query:
            known.add(wire)
            values[name] = from_text(member, query[wire][0])
        elif location == "header" and wire.lower() in exchange["headers"]:
            values[name] = from_text(member, exchange["headers"][wire.lower()])
        elif location == "headers":
            values[name] = {key: value for key, value in exchange["headers"].items() if key.startswith(wire.lower())}
    problems += [f"unknown query parameter {key}" for key in query if key not in known]
    payload = (shape.serialization.get("payload") if shape else None) or None
    body = body_of(exchange)
    if payload is not None:
        if members[payload].type_name in ("blob", "string") and body:
            values[payload] = body.decode("latin-1") if members[payload].type_name == "string" else base64.b64encode(body).decode()
    elif protocol == "rest-json" and body:
        values.update(
            {by_wire_name(members).get(key, key): value for key, value in json.loads(body).items()}
        )
    return values, problems


def by_wire_name(members):
    return {member.serialization.get("name", name): name for name, member in members.items()}


def from_text(shape, text):
    if shape.type_name in ("integer", "long"):
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def from_query(shape, form, problems):
    """Members of the query protocol: `A.B`, lists as `A.member.1`, maps as `A.entry.1.Name` and `.Value` (names as the model has them)."""
    form = {key: value for key, value in form.items() if key not in ("Action", "Version")}
    used = set()

    def read(one, prefix):
        if one.type_name == "structure":
            found = {
                name: read(member, f"{prefix}.{name}" if prefix else name)
                for name, member in one.members.items()
            }
            return {name: value for name, value in found.items() if value is not None} or None
        if one.type_name == "list":
            items = []
            while (item := read(one.member, f"{prefix}.member.{len(items) + 1}")) is not None:
                items.append(item)
            return items or None
        if one.type_name == "map":
            entries = {}
            key_name, value_name = one.key.serialization.get("name", "key"), one.value.serialization.get("name", "value")
            while (key := read(one.key, f"{prefix}.entry.{len(entries) + 1}.{key_name}")) is not None:
                entries[key] = read(one.value, f"{prefix}.entry.{len(entries) + 1}.{value_name}")
            return entries or None
        if prefix in form:
            used.add(prefix)
            return from_text(one, form[prefix])
        return None

    values = read(shape, "") or {}
    problems += [f"unknown parameter {key}" for key in form if key not in used]
    return values


# --- whether a value is what a shape says ---------------------------------------------------------------------------------------------------


def check(shape, value, path, problems, strict):
    """strict: a request, with everything required and every limit; else an answer, whose members have to exist and to have their types."""
    kind = shape.type_name
    if value is None and not strict:
        return
    if kind == "structure":
        if not isinstance(value, dict):
            return problems.append(f"{path} is no object")
        if getattr(shape, "is_document_type", False):
            return
        names = by_wire_name(shape.members)
        for key, inner in value.items():
            name = key if key in shape.members else names.get(key)
            if name is None:
                problems.append(f"{path}.{key} does not exist")
            else:
                check(shape.members[name], inner, f"{path}.{name}", problems, strict)
        if strict:
            problems.extend(f"{path}.{name} is missing" for name in shape.required_members if name not in value)
            if shape.is_tagged_union and len(value) != 1:
                problems.append(f"{path} has to have exactly one member")
    elif kind == "list":
        if not isinstance(value, list):
            return problems.append(f"{path} is no list")
        limits(shape, len(value), path, problems, strict)
        for index, inner in enumerate(value):
            check(shape.member, inner, f"{path}[{index}]", problems, strict)
    elif kind == "map":
        if not isinstance(value, dict):
            return problems.append(f"{path} is no map")
        limits(shape, len(value), path, problems, strict)
        for key, inner in value.items():
            check(shape.key, key, f"{path} key", problems, strict)
            check(shape.value, inner, f"{path}.{key}", problems, strict)
    elif kind == "boolean":
        if not isinstance(value, bool):
            problems.append(f"{path} is no boolean: {value!r}")
    elif kind in ("integer", "long"):
        if not isinstance(value, int) or isinstance(value, bool):
            return problems.append(f"{path} is no whole number: {value!r}")
        limits(shape, value, path, problems, strict)
    elif kind in ("float", "double"):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            problems.append(f"{path} is no number: {value!r}")
    elif kind == "timestamp":
        # JSON protocols write seconds, headers and XML write dates.
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            problems.append(f"{path} is no time: {value!r}")
        elif isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\dT|\w{3}, \d\d \w{3} \d{4} ", value):
            problems.append(f"{path} is no time: {value!r}")
    elif kind == "blob":
        if not isinstance(value, str):
            return problems.append(f"{path} is no blob")
        try:
            length = len(base64.b64decode(value, validate=True))
        except ValueError:
            return problems.append(f"{path} is not base64")
        limits(shape, length, path, problems, strict)
    elif kind == "string":
        if not isinstance(value, str):
            return problems.append(f"{path} is no text: {value!r}")
        if shape.enum and value not in shape.enum:
            problems.append(f"{path} is none of {', '.join(shape.enum)}: {value!r}")
        limits(shape, len(value), path, problems, strict)
        pattern = shape.metadata.get("pattern")
        if strict and pattern is not None and not matches(pattern, value):
            problems.append(f"{path} does not match {pattern}: {value!r}")


def matches(pattern, value):
    # AWS's patterns are Java's: \p{...} is beyond Python's re, and is not judged.
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True


def limits(shape, size, path, problems, strict):
    if not strict:
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low or high is not None and size > high:
        problems.append(f"{path}: {size} is not between {low} and {high}")


# --- what was answered ----------------------------------------------------------------------------------------------------------------------


def check_answer(operation, exchange, problems):
    body = base64.b64decode(exchange["answer"])
    headers = {key.lower(): str(value) for key, value in exchange["answerHeaders"].items()}
    protocol = operation.service_model.metadata["protocol"]
    if exchange["status"] >= 300:
        return check_error(operation, exchange["status"], headers, body, problems)
    shape = operation.output_shape
    members = shape.members if shape else {}
    for name, member in members.items():
        wire = member.serialization.get("name", name).lower()
        if member.serialization.get("location") == "header" and wire in headers:
            check(member, from_text(member, headers[wire]), name, problems, False)
    payload = shape.serialization.get("payload") if shape else None
    if payload is not None and members[payload].type_name in ("blob", "string"):
        return
    if protocol in ("json", "rest-json"):
        value = json.loads(body or b"{}")
        check(members[payload] if payload else shape, value, "answer", problems, False) if shape else expect_nothing(value, problems)
    elif shape and body:
        check_xml(shape, ElementTree.fromstring(body), operation, problems)


def expect_nothing(value, problems):
    problems.extend(f"answer.{key} does not exist" for key in value)


def check_xml(shape, root, operation, problems):
    if operation.service_model.metadata["protocol"] == "query":
        wrapper = shape.serialization.get("resultWrapper")
        parts = [child for child in root if plain(child.tag) == wrapper]
        if not parts:
            return problems.append(f"answer has no {wrapper}")
        root = parts[0]
    walk_xml(shape, root, "answer", problems)


def walk_xml(shape, node, path, problems):
    if shape.type_name == "structure":
        names = by_wire_name(shape.members)
        for child in node:
            member = shape.members.get(names.get(plain(child.tag), ""))
            if member is None:
                # A flattened list is named by its members.
                member = next((one for one in shape.members.values() if one.type_name == "list" and one.serialization.get("flattened") and
                               (one.member.serialization.get("name") or one.serialization.get("name")) == plain(child.tag)), None)
            if member is None:
                problems.append(f"{path}.{plain(child.tag)} does not exist")
            else:
                walk_xml(member, child, f"{path}.{plain(child.tag)}", problems)
    elif shape.type_name == "list":
        items = [node] if shape.serialization.get("flattened") else list(node)
        for item in items:
            walk_xml(shape.member, item, path, problems)
    elif shape.type_name == "map":
        pass
    else:
        check(shape, from_text(shape, node.text or ""), path, problems, False)


def plain(tag):
    return tag.rpartition("}")[2]


def check_error(operation, status, headers, body, problems):
    protocol = operation.service_model.metadata["protocol"]
    codes = {shape.error_code for shape in operation.error_shapes} | {shape.name for shape in operation.error_shapes}
    if protocol in ("json", "rest-json"):
        told = json.loads(body or b"{}")
        code = headers.get("x-amzn-errortype") or told.get("__type") or told.get("code") or ""
        code = code.split(":")[0].rpartition("#")[2]
    else:
        # HEAD and 304 have no body.
        match = re.search(rb"<Code>([^<]+)</Code>", body)
        if match is None and not body:
            return
        code = match.group(1).decode() if match else ""
    common = COMMON_ERRORS | (S3_ERRORS if operation.service_model.service_name == "s3" else set())
    if code not in codes | common:
        problems.append(f"answered {status} {code!r}, which {operation.name} does not have; it has {', '.join(sorted(codes))}")
    shape = next((one for one in operation.error_shapes if code in (one.error_code, one.name)), None)
    expected = ((shape.metadata.get("error") or {}).get("httpStatusCode") if shape else None)
    if expected is not None and expected != status:
        problems.append(f"{code} is answered with {expected}, not with {status}")


# --------------------------------------------------------------------------------------------------------------------------------------------


def main():
    judged, problems = {}, {}
    for line in sys.stdin:
        exchange = json.loads(line)
        found = []
        name = f"{exchange['service']} {exchange['method']} {exchange['path']}"
        try:
            operation, labels = operation_of(model_of(exchange["service"]), exchange)
            name = f"{exchange['service']}:{operation.name}"
            counts = judged.setdefault(name, {"requests": 0, "answers": 0})
            if "request" in exchange["judged"]:
                counts["requests"] += 1
                values, found = asked_of(operation, labels, exchange)
                if operation.input_shape is not None:
                    check(operation.input_shape, values, "request", found, True)
                else:
                    found.extend(f"request.{key} does not exist" for key in values)
            if "answer" in exchange["judged"]:
                counts["answers"] += 1
                check_answer(operation, exchange, found)
        except (ValueError, ElementTree.ParseError) as error:
            # A stand-in's own tests ask for what does not exist, too.
            if "request" in exchange["judged"] or exchange["status"] < 300:
                found.append(str(error))
        for problem in found:
            problems.setdefault(f"{name}: {problem}", exchange)
    json.dump({"judged": judged, "problems": sorted(problems)}, sys.stdout)


main()
