// A long-running process with one DefaultAzureCredential. Prints a line of JSON for each line `token <scope>`.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

const library = "github.com/Azure/azure-sdk-for-go/sdk/azidentity"

type result struct {
	Token string `json:"token,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--version" {
		fmt.Println(version())
		return
	}
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		scope, _ := strings.CutPrefix(lines.Text(), "token ")
		line, _ := json.Marshal(getToken(credential, err, scope))
		fmt.Println(string(line))
	}
}

func getToken(credential *azidentity.DefaultAzureCredential, err error, scope string) result {
	if err != nil {
		return result{Error: err.Error()}
	}
	token, err := credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{scope}})
	if err != nil {
		return result{Error: err.Error()}
	}
	return result{Token: token.Token}
}

func version() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == library {
			return module.Version
		}
	}
	return "unknown"
}
