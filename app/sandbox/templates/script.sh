BASE=$base
JSON='Content-Type: application/json'
field() { python3 -c 'import json, sys
at = json.load(sys.stdin)
for step in sys.argv[1].split("."):
    at = at[int(step) if step.isdigit() else step]
print(at)' "$$1"; }

# 1. Sign up: $name. The operator's register
#    knows this account number, tax id and phone.
SIGN_UP=$$(curl -s "$$BASE/v1/sign-ups" -H "$$JSON" -d '{
  "phone": "$phone", "account_number": "$account_number",
  "tax_id": "$tax_id", "password": "Qwer123!"}' | field id)

# 2. Read the code in the SMS inbox, and confirm.
sleep 2
CODE=$$(curl -s "$$BASE/sandbox/sms/messages?to=$phone" | field items.0.text | sed -n 's/^@.*#//p')
TOKEN=$$(curl -s "$$BASE/v1/sign-ups/$$SIGN_UP/confirmations" -H "$$JSON" \
  -d "{\"code\": \"$$CODE\"}" | field access_token)
AUTH="Authorization: Bearer $$TOKEN"

# 3. Who am I, and which accounts are mine?
curl -s "$$BASE/v1/me" -H "$$AUTH"; echo
ACCOUNT=$$(curl -s "$$BASE/v1/accounts?status=linked" -H "$$AUTH" | field items.0.id)

# 4. The reading form, filled in with about what is expected, and handed in.
curl -s "$$BASE/v1/accounts/$$ACCOUNT/reading-form" -H "$$AUTH" | python3 -c 'import json, sys
def likely(expected, decimals):
    return format((float(expected["low"]) + float(expected["high"])) / 2, f".{decimals}f")
print(json.dumps({"readings": [
    {"register_id": of["register_id"], "value": likely(of["expected"], of["decimals"])}
    for of in json.load(sys.stdin)["registers"]
    if of["expected"] and not of["is_remote"]]}))' > readings.json
curl -s "$$BASE/v1/accounts/$$ACCOUNT/readings" -H "$$AUTH" -H "$$JSON" -d @readings.json; echo

# 5. What has been consumed, month by month.
curl -s "$$BASE/v1/accounts/$$ACCOUNT/consumption" -H "$$AUTH"; echo
