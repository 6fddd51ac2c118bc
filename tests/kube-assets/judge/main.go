// Judge reads aws-auth ConfigMaps and says whom they map, by the parser of the real authenticator.
//
// Each line of the input is a ConfigMap's data as a JSON object; each line of the output says what it maps.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
)

type mapping struct {
	ARN      string   `json:"arn"`
	Username string   `json:"username"`
	Groups   []string `json:"groups"`
}

type verdict struct {
	Roles    []mapping `json:"roles"`
	Users    []mapping `json:"users"`
	Accounts []string  `json:"accounts"`
	Problem  string    `json:"problem"`
}

func judge(data map[string]string) verdict {
	users, roles, accounts, err := configmap.ParseMap(data)
	found := verdict{Roles: []mapping{}, Users: []mapping{}, Accounts: accounts}
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
		var data map[string]string
		if err := json.Unmarshal(input.Bytes(), &data); err != nil {
			log.Fatal(err)
		}
		if err := output.Encode(judge(data)); err != nil {
			log.Fatal(err)
		}
	}
}
