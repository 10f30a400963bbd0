import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readTrailGuide } from '../support/cloudtrail.ts';
import { describeJudged } from './describe-judged.ts';
import { findJudges } from './tools.ts';

/** Names that a trail has and no operation: each with its reason. */
const known: Readonly<Record<string, string>> = {
  's3:PutBucketObjectLockConfiguration':
    'CloudTrail’s name of PutObjectLockConfiguration (Amazon S3 CloudTrail events)',
  's3:bucketName': 'CloudTrail’s name of Bucket',
  'sso:Federate': 'a sign-in to the console, which is no operation (Identity Center’s events in CloudTrail)',
};

/**
 * Which events are no operation of botocore's models, which parameters no request of a query has, and what botocore finds wrong with the
 * selectors. A trail has the names of parameters with a small first letter, or as they are in the request.
 */
const judge = `
import json, sys
import botocore.session
from botocore.validate import ParamValidator
given = json.loads(sys.argv[1])
session = botocore.session.get_session()
models = {"states": "stepfunctions"}
unknown, asked = set(), 0
for query in given["queries"]:
    service = query["source"].split(".")[0]
    model = session.get_service_model(models.get(service, service))
    names = [one for event in query["events"] for one in model.operation_names if one == event]
    unknown |= {f"{service}:{event}" for event in query["events"] if event not in names}
    members = [item for name in names for item in model.operation_model(name).input_shape.members.items()]
    has = {name[0].lower() + name[1:] for name, _ in members} | {member.serialization.get("name") for _, member in members}
    unknown |= {f"{service}:{name}" for name in query["parameters"] if name not in has}
    asked += len(names)
shape = session.get_service_model("cloudtrail").operation_model("PutEventSelectors").input_shape
report = ParamValidator().validate({"TrailName": "trail", "AdvancedEventSelectors": given["selectors"]}, shape)
print(json.dumps({"unknown": sorted(unknown), "asked": asked, "selectors": report.generate_report()}))
`;

describeJudged(await findJudges(), 'botocore’s models of services', (judges) => {
  it('have every event that docs/cloudtrail.md asks for, and take its selectors', async () => {
    const guide = readTrailGuide();
    const queries = guide.queries.filter(({ source }) => source !== null);

    const words = ['-c', judge, JSON.stringify({ queries, selectors: guide.selectors })];
    const { stdout } = await promisify(execFile)(judges.program('python'), words);

    const { asked, ...verdict } = JSON.parse(stdout);
    expect(verdict).toEqual({ unknown: Object.keys(known).sort(), selectors: '' });
    expect(asked).toBeGreaterThan(50);
    console.log(`botocore judged ${asked} names of events and ${guide.selectors.length} selectors`);
  });
});
