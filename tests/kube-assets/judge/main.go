// Judge prints how the real authenticator reads an aws-auth ConfigMap or a token.
//
// Each line of the input is a JSON object, and each line of the output is its result. `{"data": {...}}` is the data of a
// ConfigMap; the result is its mappings. `{"token": "...", "cluster": "..."}` is a token; the result is the request to
// STS, and whether the token is accepted if STS confirms it. Nothing is sent to the network.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

type mapping struct {
	ARN      string   `json:"arn"`
	Username string   `json:"username"`
	Groups   []string `json:"groups"`
}

type mapped struct {
	Roles    []mapping `json:"roles"`
	Users    []mapping `json:"users"`
	Accounts []string  `json:"accounts"`
	Problem  string    `json:"problem"`
}

type call struct {
	Host    string `json:"host"`
	Target  string `json:"target"`
	Cluster string `json:"cluster"`
}

type taken struct {
	Call        *call  `json:"call"`
	AccessKeyID string `json:"access_key_id"`
	Problem     string `json:"problem"`
}

type question struct {
	Data    map[string]string `json:"data"`
	Token   string            `json:"token"`
	Cluster string            `json:"cluster"`
}

// agreement replaces STS: it records the request, and answers with a fixed caller.
type agreement struct{ asked *call }

const caller = `{"GetCallerIdentityResponse": {"GetCallerIdentityResult": {"Account": "111122223333",
	"Arn": "arn:aws:iam::111122223333:user/somebody", "UserId": "AIDAEXAMPLE"}}}`

func (sts *agreement) RoundTrip(request *http.Request) (*http.Response, error) {
	sts.asked = &call{request.URL.Host, request.URL.RequestURI(), request.Header.Get("x-k8s-aws-id")}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(caller))}, nil
}

func judgeToken(text, cluster string) taken {
	sts := &agreement{}
	http.DefaultTransport = sts
	identity, err := token.NewVerifier(cluster, "aws", "eu-central-1").Verify(text)
	if err != nil {
		return taken{sts.asked, "", err.Error()}
	}
	return taken{sts.asked, identity.AccessKeyID, ""}
}

func judgeData(data map[string]string) mapped {
	users, roles, accounts, err := configmap.ParseMap(data)
	found := mapped{Roles: []mapping{}, Users: []mapping{}, Accounts: accounts}
	for _, role := range roles {
		found.Roles = append(found.Roles, mapping{role.RoleARN, role.Username, role.Groups})
	}
	for _, user := range users {
		found.Users = append(found.Users, mapping{user.UserARN, user.Username, user.Groups})
	}
	if err != nil {
		found.Problem = err.Error()
	}
	return found
}

func main() {
	logrus.SetLevel(logrus.FatalLevel)
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 4*1024*1024)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var asked question
		if err := json.Unmarshal(input.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		var answer any
		if asked.Data != nil {
			answer = judgeData(asked.Data)
		} else {
			answer = judgeToken(asked.Token, asked.Cluster)
		}
		if err := output.Encode(answer); err != nil {
			log.Fatal(err)
		}
	}
}
