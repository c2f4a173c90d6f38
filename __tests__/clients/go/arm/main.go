// Signs in as the Terraform providers do, with their library and the ARM_ variables, and prints an access token.
//
//	arm resource-manager | graph | key-vault
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/environments"
)

const library = "github.com/hashicorp/go-azure-sdk/sdk"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--version" {
		fmt.Println(version())
		return
	}
	token, err := signIn(context.Background(), strings.Join(os.Args[1:], " "))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(token)
}

func signIn(ctx context.Context, apiName string) (string, error) {
	environment, err := cloud(ctx)
	if err != nil {
		return "", err
	}
	api, known := map[string]environments.Api{
		"resource-manager": environment.ResourceManager,
		"graph":            environment.MicrosoftGraph,
		"key-vault":        environment.KeyVault,
	}[apiName]
	if !known {
		return "", fmt.Errorf("no such service: %q", apiName)
	}
	credentials, err := credentials(*environment)
	if err != nil {
		return "", err
	}
	authorizer, err := auth.NewAuthorizerFromCredentials(ctx, *credentials, api)
	if err != nil {
		return "", err
	}
	token, err := authorizer.Token(ctx, &http.Request{})
	if err != nil {
		return "", err
	}
	return token.AccessToken, nil
}

func cloud(ctx context.Context) (*environments.Environment, error) {
	if host := os.Getenv("ARM_METADATA_HOSTNAME"); host != "" {
		return environments.FromEndpoint(ctx, "https://"+host)
	}
	return environments.FromName(first("public", "ARM_ENVIRONMENT"))
}

// The credentials of the azurerm provider, version 4, with an empty block.
func credentials(environment environments.Environment) (*auth.Credentials, error) {
	clientID, idErr := fromFile("ARM_CLIENT_ID", "ARM_CLIENT_ID_FILE_PATH")
	secret, secretErr := fromFile("ARM_CLIENT_SECRET", "ARM_CLIENT_SECRET_FILE_PATH")
	token, tokenErr := fromFile("ARM_OIDC_TOKEN", "ARM_OIDC_TOKEN_FILE_PATH")
	useOIDC, oidcErr := enabled("ARM_USE_OIDC", false)
	useIdentity, identityErr := enabled("ARM_USE_MSI", false)
	useCLI, cliErr := enabled("ARM_USE_CLI", true)
	return &auth.Credentials{
		Environment:                   environment,
		TenantID:                      os.Getenv("ARM_TENANT_ID"),
		ClientID:                      clientID,
		ClientCertificatePath:         os.Getenv("ARM_CLIENT_CERTIFICATE_PATH"),
		ClientCertificatePassword:     os.Getenv("ARM_CLIENT_CERTIFICATE_PASSWORD"),
		ClientSecret:                  secret,
		OIDCAssertionToken:            token,
		OIDCTokenRequestURL:           first("", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL"),
		OIDCTokenRequestToken:         first("", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
		AzureCliSubscriptionIDHint:    os.Getenv("ARM_SUBSCRIPTION_ID"),
		CustomManagedIdentityEndpoint: os.Getenv("ARM_MSI_ENDPOINT"),
		EnableAuthenticatingUsingClientCertificate: true,
		EnableAuthenticatingUsingClientSecret:      true,
		EnableAuthenticationUsingOIDC:              useOIDC,
		EnableAuthenticationUsingGitHubOIDC:        useOIDC,
		EnableAuthenticatingUsingManagedIdentity:   useIdentity,
		EnableAuthenticatingUsingAzureCLI:          useCLI,
	}, errors.Join(idErr, secretErr, tokenErr, oidcErr, identityErr, cliErr)
}

// The value of a variable, or the content of the file in another variable. The two must not differ.
func fromFile(variable, fileVariable string) (string, error) {
	value := strings.TrimSpace(os.Getenv(variable))
	path := os.Getenv(fileVariable)
	if path == "" {
		return value, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(content))
	if value != "" && value != text {
		return "", fmt.Errorf("%s and %s differ", variable, fileVariable)
	}
	return text, nil
}

// Blank is unset, as in Terraform's plugin SDK.
func enabled(variable string, fallback bool) (bool, error) {
	value := os.Getenv(variable)
	if value == "" {
		return fallback, nil
	}
	return strconv.ParseBool(value)
}

func first(fallback string, variables ...string) string {
	for _, variable := range variables {
		if value := os.Getenv(variable); value != "" {
			return value
		}
	}
	return fallback
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
